/** What tests of sources have in common: who listens, and a small tickerplant whose bytes the tests' own builder writes. */
import { appendFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { decode } from "../../protocol/decode.js";
import { Framer } from "../../protocol/framer.js";
import * as k from "../../protocol/make.js";
import { type K, KError, Vector } from "../../protocol/values.js";
import type { Column, Position, Rows } from "../../server/feed/rows.js";
import type { Listener } from "../../server/feed/source/source.js";
import { build, buildMessage, frame } from "../protocol/builder.js";

/** A row of the tests' table quote: time, sym, px, n. */
export type Row = readonly [time: number, sym: string, px: number, n: number];

export const NAMES = ["time", "sym", "px", "n"];

export const columnsOf = (rows: readonly Row[]): readonly K[] => [
  k.timespans(rows.map(([time]) => BigInt(time))),
  k.symbols(rows.map(([, sym]) => sym)),
  k.floats(rows.map(([, , px]) => px)),
  k.longs(rows.map(([, , , n]) => BigInt(n))),
];
export const tableOf = (rows: readonly Row[]): K => k.table(NAMES, columnsOf(rows));
export const atomsOf = ([time, sym, px, n]: Row): K =>
  k.list([k.timespan(time), k.symbol(sym), k.float(px), k.long(n)]);
export const listOf = (rows: readonly Row[]): K => k.list(columnsOf(rows));
export const upd = (table: string, data: K): K => k.list([k.symbol("upd"), k.symbol(table), data]);

/** A log's bytes. */
export const HEADER = Uint8Array.of(0xff, 1, 0, 0, 0, 0, 0, 0);
export const logOf = (messages: readonly K[]): Uint8Array =>
  Buffer.concat([HEADER, ...messages.map((x) => Uint8Array.from(build(x)))]);

/** Rows as columns' items. */
export function rowsIn({ count, columns }: Rows): Record<string, unknown>[] {
  return Array.from({ length: count }, (_, i) =>
    Object.fromEntries(
      [...columns].map(([name, column]) => [
        name,
        column instanceof Vector ? k.items(column)[i] : column.names[i],
      ]),
    ),
  );
}

/** Keeps all that a source tells. */
export class Recorder implements Listener {
  readonly rowsSeen: Record<string, unknown>[] = [];
  readonly positions: { readonly position: Position; readonly rows: number }[] = [];
  readonly events: string[] = [];
  readonly gaps: string[] = [];
  readonly counts = new Map<string, number>();
  columns: readonly Column[] = [];
  blocks = 0;
  live = false;
  finished = false;
  error: Error | undefined;
  onRows: (() => void) | undefined;

  constructor(private readonly read: readonly string[] = NAMES) {}

  /** The column n, which numbers the rows. */
  get numbers(): number[] {
    return this.rowsSeen.map(({ n }) => Number(n));
  }

  schema(columns: readonly Column[]): ReadonlySet<string> {
    this.columns = columns;
    return new Set(this.read);
  }

  rows(rows: Rows, position: Position, live: boolean): void {
    this.rowsSeen.push(...rowsIn(rows));
    this.positions.push({ position, rows: this.rowsSeen.length });
    this.blocks++;
    this.live = live;
    this.onRows?.();
  }

  endOfDay(position: Position): void {
    this.events.push(`end of day ${position.date - 1}`);
    this.positions.push({ position, rows: this.rowsSeen.length });
  }

  gap(messages: number, why: string): void {
    this.gaps.push(`${messages}: ${why}`);
  }

  status(text: string): void {
    this.events.push(text);
  }

  ignored(messages: number, why: string): void {
    this.counts.set(why, (this.counts.get(why) ?? 0) + messages);
  }

  done(): void {
    this.finished = true;
  }

  failed(error: Error): void {
    this.error = error;
  }
}

/** Waits until something holds. */
export async function until(
  what: string | (() => string),
  holds: () => boolean,
  seconds = 10,
): Promise<void> {
  for (const end = Date.now() + 1000 * seconds; !holds(); ) {
    if (Date.now() > end) throw new Error(`waited in vain until ${typeof what === "string" ? what : what()}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

export const DATE = 9460; // 2025.11.25

export const dayName = (date: number): string =>
  `sym${new Date(946_684_800_000 + date * 86_400_000).toISOString().slice(0, 10).replaceAll("-", ".")}`;

export interface Told {
  /** Publishes only at `flush`. */
  readonly batch?: boolean;
  /** Where the log lies; without it there is none. */
  readonly folder?: string;
  /** How the plant calls that folder; default as it is. */
  readonly called?: string;
  /** The columns of the answer's schema. */
  readonly schema?: K;
  /** Texts that are refused. */
  readonly refuses?: (text: string) => boolean;
  /** What is answered instead. */
  readonly answers?: (text: string) => K;
}

/** A tickerplant of one table quote, and of messages of another one in its log. */
export class FakePlant {
  date = DATE;
  /** Messages published, messages in the log. */
  i = 0;
  j = 0;
  readonly asked: string[] = [];
  readonly published: Buffer[] = [];
  readonly sockets = new Set<Socket>();
  /** By socket: the symbols, none for all. */
  readonly #subscribed = new Map<Socket, readonly string[]>();
  readonly #server: Server;
  #waiting: { table: string; rows: readonly Row[] }[] = [];
  port = 0;

  constructor(private readonly told: Told = {}) {
    this.#server = createServer((socket) => this.#accept(socket));
    this.#openLog();
  }

  async listen(port = 0): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(port, "127.0.0.1", resolve));
    this.port = (this.#server.address() as AddressInfo).port;
  }

  get log(): string | undefined {
    return this.told.folder === undefined ? undefined : join(this.told.folder, dayName(this.date));
  }

  /** Takes rows: into the log, and to subscribers, at once or at the next flush. */
  upd(table: string, rows: readonly Row[], form: "table" | "columns" | "atoms" = "table"): void {
    const atoms = form === "atoms" && rows.length === 1;
    if (this.log !== undefined) {
      appendFileSync(this.log, Uint8Array.from(build(upd(table, atoms ? atomsOf(rows[0]!) : listOf(rows)))));
      this.j++;
    }
    this.#waiting.push({ table, rows });
    if (this.told.batch !== true) this.flush(form);
  }

  flush(form: "table" | "columns" | "atoms" = "table"): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.i = this.j;
    for (const table of new Set(waiting.map((each) => each.table))) {
      const rows = waiting.filter((each) => each.table === table).flatMap((each) => each.rows);
      for (const [socket, syms] of this.#subscribed) {
        if (table !== "quote") continue;
        const picked = rows.filter(([, sym]) => syms.length === 0 || syms.includes(sym));
        if (picked.length === 0) continue;
        const data =
          form === "table"
            ? tableOf(picked)
            : form === "atoms" && picked.length === 1
              ? atomsOf(picked[0]!)
              : listOf(picked);
        socket.write(buildMessage(upd(table, data), 0));
      }
    }
  }

  endOfDay(): void {
    this.flush();
    this.send(k.list([k.symbol(".u.end"), k.date(this.date)]));
    this.date++;
    this.i = 0;
    this.j = 0;
    this.#openLog();
  }

  /** Sends all subscribers a message. */
  send(x: K, kind = 0): void {
    for (const socket of this.#subscribed.keys()) socket.write(buildMessage(x, kind));
  }

  sendBytes(bytes: Uint8Array): void {
    for (const socket of this.#subscribed.keys()) socket.write(bytes);
  }

  /** Ends all connections, in the middle of a message if that is wanted. */
  drop(part?: number): void {
    for (const socket of this.sockets) {
      if (part !== undefined && this.#subscribed.has(socket)) {
        const message = buildMessage(upd("quote", tableOf([[1, "a", 1, -1]])), 0);
        socket.end(message.subarray(0, part % message.length));
      } else socket.destroy();
      this.#subscribed.delete(socket);
    }
    this.sockets.clear();
  }

  async close(): Promise<void> {
    this.drop();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #openLog(): void {
    if (this.log !== undefined) writeFileSync(this.log, HEADER);
  }

  #accept(socket: Socket): void {
    this.sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.sockets.delete(socket);
      this.#subscribed.delete(socket);
    });
    const framer = new Framer();
    let open = false;
    socket.on("data", (chunk) => {
      if (!open) {
        open = true;
        socket.write(Uint8Array.of(3));
        return;
      }
      framer.push(chunk);
      for (let message = framer.next(); message !== undefined; message = framer.next()) {
        const { kind, value } = decode(message);
        if (kind === 1) socket.write(this.#answer(k.text(value as K)!, socket));
        else this.published.push(Buffer.from(message));
      }
    });
  }

  #answer(text: string, socket: Socket): Uint8Array {
    this.asked.push(text);
    if (this.told.refuses?.(text)) return buildMessage(new KError("nyi"), 2);
    if (this.told.answers !== undefined) return buildMessage(this.told.answers(text), 2);
    const [, table, syms] = /\.u\.sub\[`(\w+);((?:`\w*)+)\]/.exec(text)!;
    if (table !== "quote") return buildMessage(new KError(table!), 2);
    this.#subscribed.set(
      socket,
      syms!
        .slice(1)
        .split("`")
        .filter((sym) => sym !== ""),
    );
    const pair = k.list([k.symbol("quote"), this.told.schema ?? tableOf([])]);
    if (!text.includes(".u.i")) return buildMessage(pair, 2);
    const { folder, called = folder } = this.told;
    const named = called === undefined ? "" : `:${called}/${dayName(this.date)}`;
    const position = [k.long(this.i), k.symbol(named), ...(text.includes(".u.d") ? [k.date(this.date)] : [])];
    return frame(build(k.list([pair, ...position])), 2);
  }
}
