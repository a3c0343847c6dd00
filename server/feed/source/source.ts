/** Where rows come from, as the feed's thread sees it. */
import type { Column, Position, Rows } from "../rows.js";

/** What a source tells. All calls are made in the order of the plant's messages. */
export interface Listener {
  /**
   * The table's columns are known; before any rows. Told once: where a plant has others later, those that are read must
   * have stayed as they were, or the source fails.
   * @returns the columns that are read @throws KError to refuse them
   */
  schema(columns: readonly Column[]): ReadonlySet<string>;
  /** @param position of what comes next: a source started from it gives the rows after these @param live false while a log is read */
  rows(rows: Rows, position: Position, live: boolean): void;
  /** The date is over. @param position of what comes next, under the next date */
  endOfDay(position: Position): void;
  /** Messages that could not be had, 0 where nobody knows how many, and why (no log, a torn one). */
  gap(messages: number, why: string): void;
  /** Something that a user wants to know: connected, lost, catching up, live. Short. */
  status(text: string): void;
  /** Messages of another table, of another function, that could not be read: so many. */
  ignored(messages: number, why: string): void;
  /** A log source is at its end. */
  done(): void;
  /** It cannot go on. */
  failed(error: Error): void;
}

export interface Source {
  /** Begins at the position; at the beginning of what the plant has where none is given. */
  start(from: Position | undefined): void;
  /**
   * The listener has enough for now: a log is read no further. Live rows that can be had from the log later are let go
   * (`status` says so) where the source was told that they may be; others still come: the socket is drained always.
   */
  hold(): void;
  /** The listener takes more. */
  release(): void;
  /**
   * Sends the plant an asynchronous message: (`.u.upd;table;columns).
   * @param columns one object in wire form, little-endian, without header
   * @returns false where there is no connection, or the plant does not read
   */
  publish(table: string, columns: Uint8Array): boolean;
  /** Messages of the plant's log that are known to be there and have not been had. */
  readonly lag: number;
  /** What came from the plant or the log. */
  readonly received: { readonly bytes: number; readonly messages: number };
  close(): void;
}
