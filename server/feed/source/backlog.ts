/** A plant's logs, read day after day from a position on, up to where the plant is. */
import { KError } from "../../../protocol/values.js";
import type { Position, Rows } from "../rows.js";
import { dateText, onDate } from "./dates.js";
import { LogFile } from "./log.js";
import { type Folders, type Found, logPath, openable } from "./paths.js";
import type { TableReader } from "./reader.js";

/** Where the plant is. */
export interface Target {
  /** Its log's name, "" where it has none. */
  readonly log: string;
  readonly date: number;
  /** Messages of its log that have been published; undefined where it does not say. */
  readonly messages: number | undefined;
}

/** Who is told. */
export interface Told {
  rows(rows: Rows, position: Position): void;
  endOfDay(position: Position): void;
  gap(messages: number, why: string): void;
}

/** there: all was read up to where the plant is; more: there is more; held: it is not to go on; wait: not written yet. */
export type Step = "there" | "more" | "held" | "wait";

/** Days that a feed may have been away. */
const DAYS = 400;

export class Backlog {
  /** Of what comes next. */
  position: Position;
  /** Why the plant's log of today cannot be read, "" where it can. */
  unreadable = "";
  #target: Target;
  #file: LogFile | undefined;
  #waits = 0;

  constructor(
    private readonly folders: Folders,
    private readonly told: Told,
    target: Target,
    from: Position | undefined,
    /** Times that a log is looked at again which does not have yet what the plant has published. */
    private readonly waits: number,
  ) {
    this.#target = target;
    this.position = from ?? { date: target.date, messages: 0, rows: 0 };
    this.aim(target);
    // what was there before is nothing that was missed
    if (from === undefined && this.unreadable !== "") this.#arrive();
  }

  /** Messages that are known to be there and have not been read. */
  get lag(): number {
    const { date, messages = 0 } = this.#target;
    return Math.max(0, messages - (date === this.position.date ? this.position.messages : 0));
  }

  /** Bytes that are left of the file that is read: of today's, or many. */
  get left(): number {
    if (this.position.date !== this.#target.date) return Number.POSITIVE_INFINITY;
    return this.#file?.left ?? Number.POSITIVE_INFINITY;
  }

  /** Takes note of where the plant is. */
  aim(target: Target): void {
    this.#target = target;
    this.#waits = 0;
    this.unreadable = this.#unreadable();
    // without a date, all is of one
    if (this.position.date === 0 || target.date === 0)
      this.position = { ...this.position, date: target.date };
  }

  /** Goes on from the position: what was read of the file before stays read if it still is that file. */
  begin(reader: TableReader): void {
    reader.skip = this.position.rows;
    if (this.#file !== undefined && !this.#isCurrent(this.#file)) this.#close();
  }

  /** All up to here came otherwise. */
  arrive(reader: TableReader): void {
    reader.skip = 0;
    this.#arrive();
  }

  /** The date is over, all of it came. @param next the date that begins */
  nextDay(next: number): void {
    this.#close();
    this.position = { date: next, messages: 0, rows: 0 };
    this.told.endOfDay(this.position);
  }

  /** Reads on, a piece of the log at most. @param held asked after each message whether to stop */
  step(reader: TableReader, held: () => boolean): Step {
    const { date, messages = 0 } = this.#target;
    const today = this.position.date === date;
    if (today && this.position.messages === messages && this.position.rows === 0) return "there";
    if (this.position.date > date || (today && this.position.messages > messages))
      return this.#lose(0, `the plant is at ${shown(this.#target)}, which is before ${shown(this.position)}`);
    if (today && this.#target.messages === undefined) return this.#lose(0, "the plant tells no position");
    try {
      this.#file ??= new LogFile(this.#found(this.position.date));
    } catch (error) {
      if (!(error instanceof KError)) throw error;
      return this.#without(error.message);
    }
    return this.#read(this.#file, reader, today ? messages : Number.POSITIVE_INFINITY, held);
  }

  close(): void {
    this.#close();
  }

  #read(file: LogFile, reader: TableReader, until: number, held: () => boolean): Step {
    const start = this.position.messages;
    const handOver = () => {
      if (file.messages >= start)
        this.position = { ...this.position, messages: file.messages, rows: reader.skip };
      const rows = reader.rows();
      if (rows !== undefined) this.told.rows(rows, this.position);
    };
    const read = file.read(
      until,
      (bytes, from, end) => reader.take(bytes, from, end, file.messages >= start),
      () => {
        if (reader.full) handOver();
        return held();
      },
    );
    handOver();
    if (read === "there") this.#complete(reader);
    if (read === "held" || read === "there") return read;
    if (read === "piece") return "more";
    if (until === Number.POSITIVE_INFINITY) return this.#over(file);
    if (read === "end" && this.#waits++ < this.waits) return "wait";
    return this.#lose(until - this.position.messages, file.ending);
  }

  /** Up to where the plant is, all was read: rows that are not in its log by now never will be. */
  #complete(reader: TableReader): void {
    if (reader.skip === 0) return;
    this.told.gap(0, `${reader.skip} rows that the plant had sent are not in its log`);
    reader.skip = 0;
    this.position = { ...this.position, rows: 0 };
  }

  /** The log of a date that is over has been read. */
  #over(file: LogFile): Step {
    if (file.torn > 0) this.told.gap(file.damage === "" ? 1 : 0, file.ending);
    else if (file.messages < this.position.messages)
      this.told.gap(
        0,
        `${file.file.path} has ${file.messages} messages, of which ${this.position.messages} were read`,
      );
    this.nextDay(this.#nextDate());
    return "more";
  }

  /** There is no log of the position's date. */
  #without(why: string): Step {
    const { date, messages, rows } = this.position;
    if (date === this.#target.date) return this.#lose(rows > 0 ? 0 : this.lag, why);
    // a date that the plant left out: what came after the day's end is of its next one
    if (messages === 0 && rows > 0) this.position = { date: this.#nextDate(), messages, rows };
    else {
      this.told.gap(0, why);
      this.nextDay(this.#nextDate());
    }
    return "more";
  }

  /** The next date that has a log; plants do not run on all days. */
  #nextDate(): number {
    const { date } = this.#target;
    const first = Math.max(this.position.date + 1, date - DAYS);
    for (let next = first; next < date; next++) {
      try {
        if (openable(this.#found(next))) return next;
      } catch {
        // none of that date may be read
      }
    }
    return date;
  }

  #lose(messages: number, why: string): Step {
    this.told.gap(messages, why);
    this.#arrive();
    return "there";
  }

  #arrive(): void {
    const { date, messages = 0 } = this.#target;
    if (this.#file !== undefined && (date !== this.position.date || this.#file.messages > messages))
      this.#close();
    this.position = { date, messages, rows: 0 };
  }

  #close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  #isCurrent(file: LogFile): boolean {
    try {
      return file.current && file.file.path === this.#found(this.position.date).path;
    } catch {
      return false;
    }
  }

  /** @throws KError */
  #found(date: number): Found {
    const { log } = this.#target;
    if (log === "") throw new KError("the plant has no log");
    const name = date === this.#target.date ? log : onDate(log, date);
    if (name === undefined)
      throw new KError(`${log} has no date in its name: that of ${dateText(date)} is not known`);
    return logPath(name, this.folders);
  }

  #unreadable(): string {
    if (this.#target.messages === undefined) return "the plant tells no position";
    try {
      const found = this.#found(this.#target.date);
      return openable(found) ? "" : `${found.path} cannot be read`;
    } catch (error) {
      if (!(error instanceof KError)) throw error;
      return error.message;
    }
  }
}

const shown = ({ date, messages }: { date: number; messages: number | undefined }): string =>
  `message ${messages} of ${dateText(date)}`;
