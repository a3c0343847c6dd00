/** What a feed's thread hands to the learner: rows to predict and batches to learn, in order. */

/** Float64 features or targets; Int32 codes. Row-major: samples × width, or samples × window × width. */
export type Data = Float64Array | Int32Array;

/** Samples in their order of arrival. */
export interface Arrivals {
  readonly count: number;
  /** The first one's number: samples are numbered from 0 since the feed's first row, without gaps. */
  readonly first: number;
  /** Event time in nanoseconds since the date's midnight (or since 2000, where the column has dates). */
  readonly time: Float64Array;
  /** Of each; none where nobody publishes them. */
  readonly keys: readonly string[];
  /** One for each input of the plan: Int32 where all of its features are codes. */
  readonly inputs: readonly Data[];
}

/** Samples whose labels are known, in the order in which they became known; then those from the replay buffer. */
export interface Batch {
  readonly count: number;
  /** So many at the beginning are new, the rest have been learned from before. */
  readonly fresh: number;
  /** It is complete once so many samples have arrived: it comes after the arrival of all numbers below this. */
  readonly after: number;
  /** Their numbers. */
  readonly numbers: Float64Array;
  readonly inputs: readonly Data[];
  /** One: samples × targets. */
  readonly targets: Float64Array;
}

/** What becomes of rows, in order: arrivals come before a batch that is complete only with them. */
export type Piece = ({ readonly kind: "arrivals" } & Arrivals) | ({ readonly kind: "batch" } & Batch);

/** What the samples' maker has counted. */
export interface Counts {
  /** Rows of the table. */
  rows: number;
  /** Those that became samples. */
  samples: number;
  /** Rows with nulls among their features: left out, or filled. */
  skipped: number;
  /** Samples whose label did not come in time. */
  expired: number;
  /** Samples whose label came and is null. */
  unlabelled: number;
  /** Rows whose time went backwards, is null or infinite: they count as at the latest time before. */
  late: number;
}

/** Batches one after the other, each in the order in which it is to be learned. */
export interface Batches {
  /** Samples of each, and how many at its beginning are new. */
  readonly sizes: Int32Array;
  readonly fresh: Int32Array;
  /** How many of this work's arrivals come before each. */
  readonly after: Int32Array;
  readonly numbers: Float64Array;
  readonly inputs: readonly Data[];
  readonly targets: Float64Array;
}

/** What goes to the learner at once. Each array has a buffer of its own, which can be transferred. */
export interface Work<Mark = unknown> {
  readonly arrivals: Arrivals | undefined;
  readonly batches: Batches | undefined;
  /** A mark that was reached: what came before it, and nothing behind it, is in this work and those before. */
  readonly mark: Mark | undefined;
}

/** The buffers of a work's arrays, for `postMessage` to transfer. */
export function buffersOf(work: Work): ArrayBuffer[] {
  const { arrivals, batches } = work;
  return [
    ...(arrivals === undefined ? [] : [arrivals.time, ...arrivals.inputs]),
    ...(batches === undefined
      ? []
      : [batches.sizes, batches.fresh, batches.after, batches.numbers, batches.targets, ...batches.inputs]),
  ].map((data) => data.buffer as ArrayBuffer);
}
