/**
 * A tickerplant for tests, benchmarks and the demonstration, as the public ones are on the wire and on disk: `.u.sub`,
 * `.u.upd`, `.u.end`, `.u.i` and the others, zero-latency and batch mode, a log that is written before it is published.
 */
import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { encode, encodeObject } from "../../protocol/encode.js";
import type { Handshake } from "../../protocol/handshake.js";
import { ASYNC } from "../../protocol/header.js";
import * as k from "../../protocol/make.js";
import { Atom, type K, KError, List, NULL, Symbols, TYPE } from "../../protocol/values.js";
import {
  atomsOf,
  type Column,
  columnsOf,
  emptyTable,
  join,
  pick,
  rowsOf,
  type Schema,
  tableOf,
} from "./columns.js";
import { Connection, type Host, type Wanted } from "./connection.js";
import { Log, logFile, today } from "./log.js";
import { answer, type Scope } from "./request.js";

export const SCHEMAS: Readonly<Record<string, Schema>> = {
  quote: {
    time: TYPE.timespan,
    sym: TYPE.symbol,
    bid: TYPE.float,
    ask: TYPE.float,
    bsize: TYPE.long,
    asize: TYPE.long,
  },
  trade: { time: TYPE.timespan, sym: TYPE.symbol, price: TYPE.float, size: TYPE.long },
  pred: { time: TYPE.timespan, sym: TYPE.symbol, prediction: TYPE.float, version: TYPE.long },
};

export interface PlantOptions {
  /** Default any that is free. */
  readonly port?: number;
  readonly schemas?: Readonly<Record<string, Schema>>;
  /** Folder and beginning of the name of log files. Without: no log. */
  readonly log?: { readonly folder: string; readonly name: string };
  /** Without a log: whether `.u.L` is an empty symbol, or not there (as in the public plant). */
  readonly position?: "empty" | "undefined";
  /** What a torn log means at the start. */
  readonly torn?: "refuse" | "cut";
  /** Days since 2000; default today's by the wall clock. */
  readonly date?: number;
  /** Milliseconds between publications; 0: only when `flush` is called. Without: each `.u.upd` is published by itself. */
  readonly batch?: number;
  /** What is published: tables; lists of columns; lists of columns, or of atoms where it is a single row. */
  readonly form?: "table" | "columns" | "atoms";
  /** Bytes: a subscriber with more than that in its output queue is cut off. */
  readonly cutoff?: number;
  /** Time of day of rows that come without, nanoseconds. */
  readonly clock?: () => bigint;
  /** Passwords by user; without, everybody is let in. */
  readonly users?: Readonly<Record<string, string>>;
  /** Told what comes by `.u.upd`, before it is logged and published. */
  readonly onUpd?: (table: string, columns: readonly Column[]) => void;
  /** Functions besides those of `.u`. */
  readonly functions?: Readonly<Record<string, (args: readonly K[]) => K | Promise<K>>>;
}

const dayTime = (): bigint => BigInt(Date.now() % 86_400_000) * 1_000_000n;

/** Starts a plant on the loopback interface. */
export async function startPlant(options: PlantOptions = {}): Promise<Plant> {
  const plant = new Plant(options);
  await plant.listen();
  return plant;
}

export class Plant {
  readonly schemas: Readonly<Record<string, Schema>>;
  readonly #options: PlantOptions;
  readonly #server: Server;
  readonly #connections = new Set<Connection>();
  readonly #pending = new Map<string, (readonly Column[])[]>();
  readonly #timer: NodeJS.Timeout | undefined;
  #log: Log | undefined;
  #date: number;
  /** Messages in the log that have been published too. */
  #published = 0;
  #cut = 0;
  #refused = 0;
  readonly #received = new Map<string, number>();

  constructor(options: PlantOptions) {
    this.#options = options;
    this.schemas = options.schemas ?? SCHEMAS;
    this.#date = options.date ?? today();
    this.#openLog(options.torn);
    const host: Host = {
      admits: (handshake) => this.#admits(handshake),
      take: (request, from) => answer(request, this.#scope(from)),
      refused: () => this.#refused++,
      gone: (connection) => this.#connections.delete(connection),
    };
    this.#server = createServer((socket) => this.#connections.add(new Connection(socket, host)));
    if (options.batch !== undefined && options.batch > 0)
      this.#timer = setInterval(() => this.flush(), options.batch);
  }

  async listen(): Promise<void> {
    this.#server.listen(this.#options.port ?? 0, "127.0.0.1");
    await once(this.#server, "listening");
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** `.u.d` */
  get date(): number {
    return this.#date;
  }

  /** `.u.i`: messages of the log that have been published. */
  get published(): number {
    return this.#published;
  }

  /** `.u.j`: messages of the log. */
  get logged(): number {
    return this.#log?.messages ?? 0;
  }

  /** `.u.L` */
  get file(): string | undefined {
    return this.#log?.file;
  }

  /** Subscribers cut off, asynchronous messages refused, rows that came by `.u.upd`, by table. */
  get counts(): { cut: number; refused: number; received: ReadonlyMap<string, number> } {
    return { cut: this.#cut, refused: this.#refused, received: this.#received };
  }

  subscribers(table: string): Connection[] {
    return [...this.#connections].filter((each) => each.wanted.has(table));
  }

  /** Bytes in each subscriber's output queue. */
  queues(): number[] {
    return [...this.#connections].filter((each) => each.wanted.size > 0).map((each) => each.queued);
  }

  /**
   * `.u.upd`: rows of a table, as a list of columns, a list of atoms, or a table.
   * @throws KError where there is no such table, or the rows are not of its schema
   */
  upd(table: string, data: K): void {
    const schema = this.#schema(table);
    const columns = columnsOf(schema, data, this.#options.clock ?? dayTime);
    this.#received.set(table, (this.#received.get(table) ?? 0) + rowsOf(columns));
    this.#options.onUpd?.(table, columns);
    const single = data instanceof List && data.items.at(-1) instanceof Atom;
    this.#log?.append(this.#logMessage(table, single ? atomsOf(columns) : k.list(columns)));
    if (this.#options.batch === undefined) {
      this.#publish(table, columns);
      this.#published = this.logged;
    } else {
      const pending = this.#pending.get(table);
      if (pending === undefined) this.#pending.set(table, [columns]);
      else pending.push(columns);
    }
  }

  /** Publishes what batch mode has gathered. */
  flush(): void {
    for (const [table, pieces] of this.#pending)
      this.#publish(
        table,
        pieces[0]!.map((_, i) => join(pieces.map((columns) => columns[i]!))),
      );
    this.#pending.clear();
    this.#published = this.logged;
  }

  /** Writes messages to the log, if there is one, that have been encoded before and are published by the caller at once. */
  record(bytes: Uint8Array, messages: number): void {
    this.flush();
    this.#log?.append(bytes, messages);
    this.#published = this.logged;
  }

  /** Ends the day: subscribers are told, the next date's log begins. */
  endOfDay(): void {
    this.flush();
    const message = encode(k.list([k.symbol(".u.end"), k.date(this.#date)]), ASYNC);
    for (const each of this.#connections) if (each.wanted.size > 0) this.deliver(each, message);
    this.#date++;
    this.#log?.close();
    this.#openLog();
  }

  /** Sends to a subscriber, and cuts it off where it is too slow. */
  deliver(to: Connection, bytes: Uint8Array): void {
    to.send(bytes);
    if (to.queued <= (this.#options.cutoff ?? Number.POSITIVE_INFINITY)) return;
    this.#cut++;
    to.drop();
  }

  /**
   * Dies in the middle of a message: so many bytes of it reach the log, and so many the subscribers of all symbols.
   */
  async die(table: string, columns: readonly Column[], bytes: { log: number; wire: number }): Promise<void> {
    this.#log?.tear(this.#logMessage(table, k.list(columns)).subarray(0, bytes.log));
    const message = this.#message(table, columns).subarray(0, bytes.wire);
    await Promise.all(this.subscribers(table).map((each) => each.sent(message)));
    await this.close();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const each of this.#connections) each.drop();
    await closed;
    this.#log?.close();
    this.#log = undefined;
  }

  #openLog(torn?: "refuse" | "cut"): void {
    const { log } = this.#options;
    if (log !== undefined) this.#log = Log.open(logFile(log.folder, log.name, this.#date), torn);
    this.#published = this.logged;
  }

  #admits({ user, password }: Handshake): boolean {
    const { users } = this.#options;
    return users === undefined || (Object.hasOwn(users, user) && users[user] === password);
  }

  #schema(table: string): Schema {
    if (!Object.hasOwn(this.schemas, table)) throw new KError(table);
    return this.schemas[table]!;
  }

  #scope(from: Connection): Scope {
    const { position, functions = {} } = this.#options;
    const log = this.#log;
    const none = position === "undefined" ? undefined : k.symbol("");
    const variables: Readonly<Record<string, () => K | undefined>> = {
      ".u.i": () => k.long(this.published),
      ".u.j": () => k.long(this.logged),
      ".u.L": () => (log === undefined ? none : k.symbol(`:${log.file}`)),
      ".u.l": () => (log === undefined ? k.long(0) : k.int(3)),
      ".u.d": () => k.date(this.#date),
      ".u.t": () => k.symbols(Object.keys(this.schemas)),
    };
    return {
      variable: (name) => (Object.hasOwn(variables, name) ? variables[name]!() : undefined),
      call: (name, args) => {
        if (name === ".u.sub") return this.#subscribe(from, args);
        if (name === ".u.upd") {
          this.upd(symbolOf(args[0]), args[1] ?? NULL);
          return NULL;
        }
        return Object.hasOwn(functions, name) ? functions[name]!(args) : undefined;
      },
    };
  }

  /** Replaces what the connection has subscribed to of the table. */
  #subscribe(from: Connection, [table, syms]: readonly K[]): K {
    const name = symbolOf(table);
    const wanted = wantedOf(syms);
    const pair = (each: string): K => {
      const schema = this.#schema(each);
      from.wanted.set(each, wanted);
      return k.list([k.symbol(each), emptyTable(schema)]);
    };
    return name === "" ? k.list(Object.keys(this.schemas).map(pair)) : pair(name);
  }

  #publish(table: string, columns: readonly Column[]): void {
    let whole: Uint8Array | undefined;
    for (const each of this.subscribers(table)) {
      const wanted = each.wanted.get(table);
      if (wanted === undefined) {
        whole ??= this.#message(table, columns);
        this.deliver(each, whole);
        continue;
      }
      const rows: number[] = [];
      for (const [i, name] of this.#syms(table, columns).entries()) if (wanted.has(name)) rows.push(i);
      if (rows.length === 0) continue;
      this.deliver(
        each,
        this.#message(
          table,
          columns.map((column) => pick(column, rows)),
        ),
      );
    }
  }

  #syms(table: string, columns: readonly Column[]): readonly string[] {
    const column = columns[Object.keys(this.#schema(table)).indexOf("sym")];
    return column instanceof Symbols ? column.names : [];
  }

  #logMessage(table: string, data: K): Uint8Array {
    return encodeObject(k.list([k.symbol("upd"), k.symbol(table), data]));
  }

  #message(table: string, columns: readonly Column[]): Uint8Array {
    const form = this.#options.form ?? "table";
    const single = form === "atoms" && rowsOf(columns) === 1;
    const list = single ? atomsOf(columns) : k.list(columns);
    const data = form === "table" ? tableOf(this.#schema(table), columns) : list;
    return encode(k.list([k.symbol("upd"), k.symbol(table), data]), ASYNC);
  }
}

function symbolOf(x: K | undefined): string {
  if (x instanceof Atom && x.type === -TYPE.symbol) return x.value as string;
  throw new KError("type");
}

function wantedOf(x: K | undefined): Wanted {
  if (x instanceof Symbols) return new Set(x.names);
  const name = symbolOf(x);
  return name === "" ? undefined : new Set([name]);
}
