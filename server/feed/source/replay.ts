/** A log file as a source: replayed at full speed, to its end. */
import type { Position } from "../rows.js";
import { dateIn } from "./dates.js";
import { discover, type TableNamed } from "./discover.js";
import { LogFile } from "./log.js";
import type { Found } from "./paths.js";
import { dataOf, endOfObject, SHORT, type TableReader } from "./reader.js";
import type { Listener, Source } from "./source.js";
import { Tally } from "./tally.js";

export interface ReplayOptions extends TableNamed {
  readonly file: Found;
}

export class ReplaySource implements Source {
  readonly received = { bytes: 0, messages: 0 };
  readonly lag = 0;
  readonly #tally: Tally;
  #position: Position;
  #file: LogFile | undefined;
  #reader: TableReader | undefined;
  #held = false;
  #over = false;
  #next: NodeJS.Immediate | undefined;

  constructor(
    private readonly options: ReplayOptions,
    private readonly listener: Listener,
  ) {
    this.#tally = new Tally(listener);
    this.#position = { date: dateIn(options.file.path), messages: 0, rows: 0 };
  }

  start(from: Position | undefined): void {
    if (from !== undefined) this.#position = from;
    this.#soon();
  }

  hold(): void {
    this.#held = true;
  }

  release(): void {
    this.#held = false;
    this.#soon();
  }

  publish(): boolean {
    return false;
  }

  close(): void {
    this.#over = true;
    clearImmediate(this.#next);
    this.#file?.close();
    this.#file = undefined;
  }

  #soon(): void {
    if (this.#over || this.#next !== undefined) return;
    this.#next = setImmediate(() => {
      this.#next = undefined;
      try {
        this.#readOn();
      } catch (error) {
        if (this.#over) return;
        this.close();
        this.listener.failed(error as Error);
      }
    });
  }

  #readOn(): void {
    this.#file ??= new LogFile(this.options.file);
    const file = this.#file;
    const start = this.#position.messages;
    const handOver = () => {
      if (file.messages >= start)
        this.#position = {
          ...this.#position,
          messages: file.messages,
          rows: this.#reader?.skip ?? this.#position.rows,
        };
      const rows = this.#reader?.rows();
      if (rows !== undefined) this.listener.rows(rows, this.#position, false);
    };
    const read = file.read(
      Number.POSITIVE_INFINITY,
      (bytes, from, end) => this.#take(bytes, from, end, file.messages >= start),
      () => {
        if (this.#reader?.full) handOver();
        return this.#held || this.#over;
      },
    );
    handOver();
    this.received.bytes = file.whole;
    this.received.messages = file.messages;
    this.#tally.tell();
    if (this.#over || read === "held") return;
    if (read === "piece") this.#soon();
    else this.#end(file);
  }

  #end(file: LogFile): void {
    if (file.messages < this.#position.messages)
      this.listener.gap(0, `${file.ending}, of which ${this.#position.messages} were read`);
    else if (file.torn > 0) this.listener.gap(file.damage === "" ? 1 : 0, file.ending);
    this.close();
    this.listener.done();
  }

  #take(bytes: Uint8Array, start: number, end: number, keep: boolean): number {
    if (this.#reader === undefined) {
      const after = endOfObject(bytes, start, end);
      if (after === SHORT) return SHORT;
      const data = dataOf(bytes, start, this.options.table);
      if (data < 0) return after;
      const found = discover(bytes.slice(data, after), this.options, this.listener, this.#others);
      if (typeof found === "string") {
        this.#tally.add(found);
        return after;
      }
      this.#reader = found;
      found.skip = this.#position.rows;
    }
    return this.#reader.take(bytes, start, end, keep);
  }

  readonly #others = {
    other: () => undefined,
    unread: (why: string) => this.#tally.add(why),
  };
}
