/** What flows through a feed: rows of a tickerplant's table. */
import type { Symbols, Vector } from "../../protocol/values.js";

/** A column of the plant's table. */
export interface Column {
  readonly name: string;
  /** k type number of its vector. */
  readonly type: number;
}

/** Rows of the table that have arrived together, in the plant's order. How they are cut means nothing. */
export interface Rows {
  readonly count: number;
  /** Those columns that the feed reads. */
  readonly columns: ReadonlyMap<string, Vector | Symbols>;
}

/**
 * How far a feed has come in its plant's log: all of so many messages, and of those after them so many rows of its own
 * table and symbols. So any point between two rows has a position, although a plant's messages have no numbers and, where
 * it picks symbols or publishes by a timer, are others than its log's.
 */
export interface Position {
  /** The log's date, days since 2000.01.01; 0 where the source has no dates. */
  readonly date: number;
  /** Messages of that date, of whatever table: the next one has this number. */
  readonly messages: number;
  /** Rows of the feed's table and symbols after those messages that were had too. */
  readonly rows: number;
}
