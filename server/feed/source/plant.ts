/**
 * A tickerplant as a source. How nothing is lost or doubled:
 *
 * - One text subscribes and asks for the position, `.u.i`. Its answer lies in the stream of messages: those before it are of
 *   log messages below `.u.i`, those after it are not, in a plant that publishes at once as in one that does so by a timer.
 * - While the log is read, live messages are let go: they are in the log. When it has been read up to an answer, the plant
 *   is asked again. What little the log has by then is read while the answer is looked at, before any message after it: so
 *   the next message is the next one of the log. No message waits in memory for that.
 * - Live messages are not counted, as they are others than the log's (symbols are picked, a timer's publish holds many).
 *   What came since the last answer is known as rows: those are the next rows of the log, which has all of them in the
 *   same order, and are skipped there when it is read again. Position is both together.
 * - A date's log is read to its end once the plant is at another date; then those of the dates between, then today's.
 */
import type { DialOptions } from "../../../protocol/dial.js";
import { encodeHeader } from "../../../protocol/encode.js";
import { ProtocolError } from "../../../protocol/errors.js";
import { ASYNC, readUint32 } from "../../../protocol/header.js";
import { symbolBytes } from "../../../protocol/symbols.js";
import { type K, KError } from "../../../protocol/values.js";
import type { Column, Position, Rows } from "../rows.js";
import { Backlog } from "./backlog.js";
import { Connection } from "./connection.js";
import { isDate } from "./dates.js";
import type { Folders } from "./paths.js";
import { headOf, SHORT, TableReader } from "./reader.js";
import { type Answer, readAnswer, requestTexts } from "./request.js";
import type { Listener, Source } from "./source.js";
import { Tally } from "./tally.js";

export interface PlantOptions {
  readonly address: DialOptions;
  /** The text that subscribes and asks for the position; its answer is (schema; i; L; d), of which the last may be missing. */
  readonly request: string | undefined;
  readonly table: string;
  /** None: all. */
  readonly syms: readonly string[];
  /** Whether `hold` lets go live rows that the log has. */
  readonly letGo: boolean;
  readonly folders: Folders;
  /** Milliseconds in which the log must have what the plant has published; default 10,000. */
  readonly patience?: number;
  /** Milliseconds until it connects again for the first time; then twice as many each time, up to 30 s; default 100. */
  readonly pause?: number;
}

const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 30_000;
/** Milliseconds until a log is looked at again that does not have yet what was published. */
const WAIT = 50;
const PATIENCE = 10_000;
/** Bytes of the log that are read in one go before the messages that follow an answer. */
const RUSH = 2 ** 24;

/** (`.u.end;date), up to the date. */
const END_OF_DAY = Uint8Array.of(0, 0, 2, 0, 0, 0, 0xf5, ...symbolBytes([".u.end"]), 0xf2);

/** away: not subscribed; reading: the log is read, live messages are let go; live: they are taken. */
type State = "away" | "reading" | "live";

export class PlantSource implements Source {
  readonly received = { bytes: 0, messages: 0 };
  readonly #texts: readonly string[];
  readonly #tally: Tally;
  #state: State = "away";
  #held = false;
  #closed = false;
  #from: Position | undefined;
  #connection: Connection | undefined;
  /** Which of the texts the plant takes. */
  #text = 0;
  /** Answers that have not come. */
  #asked = 0;
  /** Whether where the plant is was told since live messages were taken. */
  #aimed = false;
  #pause: number;
  #timer: NodeJS.Timeout | undefined;
  #next: NodeJS.Immediate | undefined;
  #columns: readonly Column[] = [];
  #read: ReadonlySet<string> = new Set();
  #reader: TableReader | undefined;
  #backlog: Backlog | undefined;
  /** Live messages let go since the last answer. */
  #let = 0;

  /** @throws KError for a table or symbols that are no plain names */
  constructor(
    private readonly options: PlantOptions,
    private readonly listener: Listener,
  ) {
    this.#texts = requestTexts(options.table, options.syms, options.request);
    this.#tally = new Tally(listener);
    this.#pause = options.pause ?? FIRST_PAUSE;
  }

  get lag(): number {
    return this.#state === "live" ? 0 : (this.#backlog?.lag ?? 0) + this.#let;
  }

  start(from: Position | undefined): void {
    this.#from = from;
    void this.#connect();
  }

  hold(): void {
    this.#held = true;
    if (this.#state !== "live" || !this.options.letGo || this.#backlog!.unreadable !== "") return;
    this.#beginReading();
    this.#aimed = false;
    this.listener.status("behind: live rows are let go, and are read from the log later");
  }

  release(): void {
    this.#held = false;
    if (this.#state === "reading") this.#soon();
  }

  publish(table: string, columns: Uint8Array): boolean {
    const head = headOf(".u.upd", table);
    const header = encodeHeader(head.length + columns.length, ASYNC);
    return this.#state !== "away" && this.#connection!.send(Buffer.concat([header, head, columns]));
  }

  close(): void {
    this.#closed = true;
    this.#disconnect();
    this.#backlog?.close();
  }

  async #connect(): Promise<void> {
    const { address } = this.options;
    const where = address.host === undefined ? "the plant" : `${address.host}:${address.port}`;
    try {
      const connection = await Connection.open(address, {
        message: (bytes, start, end) => this.#message(bytes, start, end),
        pause: (bytes) => this.#paused(bytes),
        lost: (why) => this.#lost(why),
      });
      if (this.#closed) return connection.close();
      this.#connection = connection;
    } catch (error) {
      if (!this.#closed) this.#again(`no connection to ${where}: ${(error as Error).message}`);
      return;
    }
    this.listener.status(`connected to ${where}`);
    this.#ask();
  }

  #disconnect(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#next);
    this.#timer = undefined;
    this.#next = undefined;
    this.#connection?.close();
    this.#connection = undefined;
    this.#state = "away";
    this.#asked = 0;
    this.#aimed = false;
    this.#let = 0;
  }

  /** Connects anew, later. */
  #again(why: string): void {
    if (this.#state === "live") this.#handOver();
    this.#disconnect();
    if (this.#closed) return;
    const pause = this.#pause;
    this.#pause = Math.min(2 * pause, LONGEST_PAUSE);
    this.listener.status(`${why}; again in ${pause / 1000} s`);
    this.#later(pause, () => void this.#connect());
  }

  #later(pause: number, act: () => void): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      act();
    }, pause);
  }

  #lost(why: string): void {
    this.#guard(() => {
      this.#again(`lost: ${why}`);
      this.#tally.tell();
    });
  }

  /** What a listener throws ends the source. */
  #guard(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  #fail(error: Error): void {
    if (this.#closed) return;
    this.close();
    this.listener.failed(error);
  }

  #ask(): void {
    this.#asked++;
    this.#connection!.ask(this.#texts[this.#text]!, (answer) => {
      this.#asked--;
      this.#guard(() => this.#answered(answer));
    });
  }

  #answered(answer: K | KError): void {
    if (this.#state === "live") this.#handOver();
    if (answer instanceof KError) {
      this.#refused(answer);
      return;
    }
    let told: Answer;
    try {
      told = readAnswer(answer, this.options.table);
    } catch (error) {
      this.#again((error as Error).message);
      return;
    }
    this.#learn(told.columns);
    this.#pause = this.options.pause ?? FIRST_PAUSE;
    this.#let = 0;
    this.#aimed = true;
    if (this.#backlog === undefined) {
      const { folders } = this.options;
      const waits = (this.options.patience ?? PATIENCE) / WAIT;
      this.#backlog = new Backlog(folders, this.#toldOfLog, told, this.#from, waits);
    } else this.#backlog.aim(told);
    if (this.#state === "live") {
      this.#backlog.arrive(this.#reader!);
      return;
    }
    if (this.#state === "away") this.#beginReading();
    const { unreadable } = this.#backlog;
    if (unreadable !== "") this.listener.status(`live rows alone: ${unreadable}`);
    else if (this.#held) return;
    this.#readOn(true);
  }

  #refused(error: KError): void {
    if (this.#state === "away" && this.#text + 1 < this.#texts.length) {
      this.#text++;
      this.#ask();
      return;
    }
    if (this.#state === "away") this.#text = 0;
    this.#again(`the plant answers '${error.message.slice(0, 200)}`);
  }

  /** Takes note of the table's columns. @throws KError where they cannot be read, or have changed */
  #learn(columns: readonly Column[]): void {
    const { table, syms } = this.options;
    if (this.#reader === undefined) this.#read = this.listener.schema(columns);
    else {
      const before = this.#columns;
      if (
        columns.length === before.length &&
        columns.every(({ name, type }, i) => name === before[i]!.name && type === before[i]!.type)
      )
        return;
      for (const { name, type } of before)
        if (this.#read.has(name) && !columns.some((column) => column.name === name && column.type === type))
          throw new KError(
            `the plant's table ${table} has changed: column ${name} is gone or of another type`,
          );
      this.listener.status(`the plant's table ${table} has other columns than before`);
    }
    const skip = this.#reader?.skip ?? 0;
    const others = {
      other: (bytes: Uint8Array, start: number, end: number) => this.#other(bytes, start, end),
      unread: (why: string) => this.#tally.add(why),
    };
    this.#columns = columns;
    this.#reader = new TableReader({ table, columns, read: this.#read, syms, others });
    this.#reader.skip = skip;
  }

  #beginReading(): void {
    this.#state = "reading";
    this.#backlog!.begin(this.#reader!);
  }

  /** Goes on with the log in a turn of its own, unless an answer is to come. */
  #soon(): void {
    if (this.#asked > 0 || this.#next !== undefined || this.#timer !== undefined) return;
    this.#next = setImmediate(() => {
      this.#next = undefined;
      this.#guard(() => (this.#aimed ? this.#readOn(false) : this.#ask()));
    });
  }

  /** @param rush at an answer: what is left, if it is little, is read before the messages after it */
  #readOn(rush: boolean): void {
    const backlog = this.#backlog!;
    for (;;) {
      const step = backlog.step(this.#reader!, () => this.#held || this.#closed);
      this.#tally.tell();
      const alone = backlog.unreadable !== "";
      // `release` goes on
      if (this.#closed || (this.#held && !alone)) return;
      if (step === "there") {
        if (rush) this.#goLive();
        else this.#ask();
        return;
      }
      if (step === "wait") {
        this.#later(WAIT, () => this.#soon());
        return;
      }
      if (!rush || !(alone || backlog.left <= RUSH)) {
        this.#soon();
        return;
      }
    }
  }

  #goLive(): void {
    this.#backlog!.arrive(this.#reader!);
    this.#state = "live";
    this.listener.status("live");
  }

  #message(bytes: Uint8Array, start: number, end: number): void {
    this.received.messages++;
    if (this.#state !== "live") {
      this.#let++;
      return;
    }
    const reader = this.#reader!;
    try {
      if (reader.take(bytes, start, end) === SHORT) this.#tally.add("cut short");
    } catch (error) {
      if (error instanceof ProtocolError) this.#tally.add("no sound object");
      else this.#fail(error as Error);
    }
    if (reader.full && this.#state === "live") this.#guard(() => this.#handOver());
  }

  /** All that came together was taken. */
  #paused(bytes: number): void {
    this.received.bytes += bytes;
    this.#guard(() => {
      if (this.#state === "live") this.#handOver();
      this.#tally.tell();
    });
  }

  /** Hands over live rows. */
  #handOver(): void {
    const rows = this.#reader!.rows();
    if (rows === undefined) return;
    const backlog = this.#backlog!;
    const { position } = backlog;
    backlog.position = { ...position, rows: position.rows + rows.count };
    this.listener.rows(rows, backlog.position, true);
  }

  /** A message of another table or function; the log's are the plant's own affair. */
  #other(bytes: Uint8Array, start: number, end: number): void {
    if (this.#state !== "live") return;
    if (END_OF_DAY.every((byte, i) => bytes[start + i] === byte))
      this.#endOfDay(readUint32(bytes, end - 4, true) | 0);
    else this.#tally.add("of another table or function");
  }

  /** The log that follows is asked for: what comes until the answer are its first rows. */
  #endOfDay(date: number): void {
    this.#handOver();
    const backlog = this.#backlog!;
    backlog.nextDay((isDate(date) ? date : backlog.position.date) + 1);
    if (this.#state === "reading") backlog.begin(this.#reader!);
    this.#aimed = false;
    if (this.#state === "live") this.#ask();
  }

  /** After `close`, which a listener may call, nothing is told. */
  readonly #toldOfLog = {
    rows: (rows: Rows, position: Position) => {
      if (!this.#closed) this.listener.rows(rows, position, false);
    },
    endOfDay: (position: Position) => {
      if (!this.#closed) this.listener.endOfDay(position);
    },
    gap: (messages: number, why: string) => {
      if (!this.#closed) this.listener.gap(messages, why);
    },
  };
}
