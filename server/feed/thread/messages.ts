/** What the main thread and a feed's own thread say to each other. */
import type { FeedSettings } from "../plan.js";
import type { Column, Position } from "../rows.js";
import type { Counts, Data, Work } from "../samples/work.js";
import type { Allowed } from "../source/index.js";
import type { State } from "../state.js";

/** What a thread begins with. */
export interface Setting {
  readonly plan: FeedSettings;
  /** What it may connect to and read. */
  readonly allowed: Allowed;
  /** Whether checkpoints can be written. */
  readonly saves: boolean;
  /** Where to go on: what a checkpoint holds. */
  readonly from: Snapshot | undefined;
}

/** A cut in the stream: all rows of messages before the position have gone through, none after. */
export interface Snapshot {
  readonly position: Position;
  /** The columns of the table, by which the state was made. */
  readonly columns: readonly Column[];
  readonly state: State;
  /** By `mark`; others come by themselves, as the plan says. */
  readonly asked: boolean;
}

/** What goes through the stream with the rows: a cut, or something that happened between two of them, for `history`. */
export type Mark =
  | { readonly kind: "cut"; readonly snapshot: Snapshot }
  | { readonly kind: "note"; readonly what: Event; readonly text: string };

/** Samples that rows would be, and which row each is. */
export interface Preview {
  readonly count: number;
  readonly rows: Int32Array;
  readonly inputs: readonly Data[];
}

export type Order =
  /** A work of so many batches has been done, in so many milliseconds: there may be another. Its memory comes back. */
  | {
      readonly order: "next";
      readonly batches: number;
      readonly milliseconds: number;
      readonly memory: readonly ArrayBuffer[];
    }
  /** A cut is wanted, as soon as there can be one. */
  | { readonly order: "mark" }
  /** What the feed would predict for rows: `bytes` of a table. */
  | { readonly order: "preview"; readonly id: number; readonly bytes: Uint8Array }
  /** Bytes of columns for the plant's table of predictions. */
  | { readonly order: "publish"; readonly columns: Uint8Array }
  /** Bytes of what came with `upd`. */
  | { readonly order: "rows"; readonly bytes: Uint8Array };

export type Report =
  /** The expressions are q; whether they fit the table is known when that is. */
  | { readonly report: "begun" }
  /** The table's columns are known and the expressions fit. */
  | { readonly report: "ready"; readonly about: About }
  | { readonly report: "work"; readonly work: Work<Mark>; readonly about: About }
  | { readonly report: "preview"; readonly id: number; readonly preview: Preview }
  | { readonly report: "refused"; readonly id: number; readonly why: string }
  /** There is nothing yet that a `mark` could be put into. */
  | { readonly report: "unmarked"; readonly why: string }
  | { readonly report: "status"; readonly text: string }
  /** Something that history is to note at once: it has no place among the rows. */
  | { readonly report: "event"; readonly what: Event; readonly text: string }
  /** Bytes of `rows` that have been taken. */
  | { readonly report: "taken"; readonly bytes: number }
  | { readonly report: "failed"; readonly why: string };

/** What history notes. */
export type Event = "gap" | "ignored" | "day" | "done";

/** How it stands. */
export interface About {
  readonly counts: Counts;
  /** Batches that wait, and samples that went since there were too many. */
  readonly waiting: number;
  readonly dropped: number;
  /** Batches that became part of another; samples that were learned from, but not predicted. */
  readonly coalesced: number;
  readonly unpredicted: number;
  /** Messages of the plant's log that have not been had. */
  readonly lag: number;
}
