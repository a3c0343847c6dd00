/** What a feed's thread hands to the learner: rows to predict and batches to learn, in order. */

/** Float64 features or targets; Int32 codes and classes. Row-major: samples × width, or samples × window × width. */
export type Data = Float64Array | Int32Array;

/** Samples in their order of arrival. */
export interface Arrivals {
  readonly count: number;
  /** Their number, counted from 0 since the feed's first row: samples are numbered in order, without gaps. */
  readonly first: number;
  /** Event time in nanoseconds since the date's midnight (or since 2000, where the column has dates). */
  readonly time: Float64Array;
  readonly keys: readonly string[];
  /** One for each input of the plan. */
  readonly inputs: readonly Data[];
}

/** Samples whose labels are known, in the order in which they became known. */
export interface Batch {
  readonly count: number;
  /** Their numbers. */
  readonly numbers: Float64Array;
  readonly inputs: readonly Data[];
  /** One: samples × targets. */
  readonly targets: Float64Array;
}

/** What becomes of rows, in order. */
export type Piece = ({ readonly kind: "arrivals" } & Arrivals) | ({ readonly kind: "batch" } & Batch);

/** What the samples' maker has counted. */
export interface Counts {
  /** Rows of the table. */
  rows: number;
  /** Those that became samples. */
  samples: number;
  /** Rows with nulls. */
  skipped: number;
  /** Samples whose label did not come in time. */
  expired: number;
  /** Rows whose time went backwards: they count as at the latest time before. */
  late: number;
}
