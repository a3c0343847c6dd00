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

/** How far a plant's log was read. */
export interface Position {
  /** The log's date, days since 2000.01.01; 0 where the source has no dates. */
  readonly date: number;
  /** Messages of that date, of whatever table: the next one has this number. */
  readonly messages: number;
}
