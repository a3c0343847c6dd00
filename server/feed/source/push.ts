/** A source whose messages sessions send: what they give to `upd`. */
import type { Position } from "../rows.js";
import { discover, type TableNamed } from "./discover.js";
import type { TableReader } from "./reader.js";
import type { Listener, Source } from "./source.js";
import { Tally } from "./tally.js";

/** Positions count the messages that were taken. */
export class PushSource implements Source {
  readonly lag = 0;
  readonly received = { bytes: 0, messages: 0 };
  readonly #tally: Tally;
  #position: Position = { date: 0, messages: 0, rows: 0 };
  #reader: TableReader | undefined;
  #closed = false;

  constructor(
    private readonly options: TableNamed,
    private readonly listener: Listener,
  ) {
    this.#tally = new Tally(listener);
  }

  start(from: Position | undefined): void {
    if (from !== undefined) this.#position = from;
  }

  /** Takes one message's data, an object in wire form, little-endian; `tell` hands on what several gave. */
  take(data: Uint8Array): void {
    if (this.#closed) return;
    this.received.bytes += data.length;
    this.received.messages++;
    this.#position = { ...this.#position, messages: this.#position.messages + 1 };
    try {
      const found = this.#reader ?? discover(data, this.options, this.listener, this.#others);
      if (typeof found === "string") this.#tally.add(found);
      else {
        this.#reader = found;
        found.takeData(data);
        if (found.full) this.tell();
      }
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  /** The rows of the messages that came together go on. */
  tell(): void {
    if (this.#closed) return;
    try {
      const rows = this.#reader?.rows();
      if (rows !== undefined) this.listener.rows(rows, this.#position, true);
      this.#tally.tell();
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  /** What is sent comes from nowhere else: it is never let go. */
  hold(): void {}
  release(): void {}

  publish(): boolean {
    return false;
  }

  close(): void {
    this.#closed = true;
  }

  #fail(error: Error): void {
    this.#closed = true;
    this.listener.failed(error);
  }

  readonly #others = {
    other: () => undefined,
    unread: (why: string) => this.#tally.add(why),
  };
}
