/** What a feed is to do, checked and complete: what `feed` makes of its options, and its thread works by. */

/** A q expression by name. */
export interface Expression {
  readonly name: string;
  readonly text: string;
}

/** One input of the module: its columns are features in order; or codes, whole numbers for an embedding. */
export interface InputPlan {
  readonly name: string;
  readonly features: readonly Expression[];
}

export type SourcePlan =
  /** A tickerplant. `request` is the text that subscribes and asks for the position in one. */
  | { readonly kind: "plant"; readonly address: string; readonly request: string | undefined }
  /** Sessions of the same user send `upd`. `columns`: names for data that has none, as lists of columns have. */
  | { readonly kind: "push"; readonly columns?: readonly string[] }
  /** A log file, whose messages have no names of columns. */
  | { readonly kind: "log"; readonly file: string; readonly columns?: readonly string[] };

/** What happens with batches that wait to be learned when there are too many. */
export type WhenBehind =
  /** Live rows are let go, and are read again from the plant's log: nothing is lost. */
  | "log"
  /** The oldest go. */
  | "drop"
  /** Each new one replaces one of those that wait, or none, by chance. */
  | "sample"
  /** They become larger ones: fewer steps. */
  | "coalesce";

export interface FeedPlan {
  readonly name: string;
  readonly source: SourcePlan;
  readonly table: string;
  /** None: all. */
  readonly syms: readonly string[];
  /** The columns by which state is kept, and of event time. */
  readonly by: string;
  readonly time: string;
  /** Names for features and labels to use, which the module does not get. */
  readonly definitions: readonly Expression[];
  /** What the module gets; later ones, and labels, may use the names too. */
  readonly inputs: readonly InputPlan[];
  readonly targets: readonly Expression[];
  /** Rows of a key that make a sample, 0: the row alone. */
  readonly window: number;
  /** Whether features (codes apart) are brought to mean 0 and deviation 1 of all rows so far. */
  readonly scale: boolean;
  /** What becomes of a row with nulls: left out, or filled with the key's last values (0 where there are none). */
  readonly nulls: "skip" | "fill";
  /** Nanoseconds after its time that a label's value may come. */
  readonly tolerance: number;
  /** Samples a batch. */
  readonly batchsize: number;
  /** Nanoseconds of event time a batch, 0: by samples alone. */
  readonly batchtime: number;
  /** Optimizer steps on each batch. */
  readonly steps: number;
  /** Recent samples kept for replay, and how many of them join each batch. */
  readonly replay: { readonly keep: number; readonly rows: number };
  readonly behind: WhenBehind;
  /** Batches that may wait, and their bytes. */
  readonly queue: { readonly batches: number; readonly bytes: number };
  /** For what is left to chance. */
  readonly seed: number;
  /** Keys at most: of more the feed ends. */
  readonly keys: number;
  /** Whether rows are predicted as they come, to be judged; else they are learned from alone. */
  readonly judge: boolean;
  /** The table that predictions are published to, "" for none; only where rows are predicted. */
  readonly publish: string;
}

/** What the learner's side needs besides. */
export interface FeedSettings extends FeedPlan {
  /** Steps after which the frozen copy that predicts is renewed, 0: the learner itself predicts; or when it was better. */
  readonly champion: number | "better";
  /** Samples, or nanoseconds of event time, that make a row of `history`; the other is 0. */
  readonly report: { readonly rows: number; readonly time: number };
  /** Page-Hinkley's tolerance and threshold. */
  readonly drift: { readonly delta: number; readonly threshold: number };
  /** How often it is written down: rows (0: not by rows), milliseconds (0: not by time). */
  readonly save: { readonly rows: number; readonly time: number };
  /** Checkpoints that are kept. */
  readonly keep: number;
  /** Whether it goes on from a checkpoint of its name. */
  readonly resume: boolean;
}
