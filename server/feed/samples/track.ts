/** Rows of one key, in order, while somebody needs them: windows to come, and samples that wait for their label. */
export interface TrackShape {
  /** Features of a row, and rows that a window takes. */
  readonly width: number;
  readonly window: number;
  /** Numbers beside the features: `NUMBER`, `TIME`, `ROW`, then what a label needs. */
  readonly notes: number;
  /** Values that a label waits for; they come last among the notes. */
  readonly aheads: number;
}

/** Places among a row's notes. */
export const NUMBER = 0;
export const TIME = 1;
export const ROW = 2;
export const VALUES = 3;

/** A row that is no sample, or no longer. */
export const NO_NUMBER = -1;

/** Rows that a new key has room for, and rows up to which room is not given back. */
const SMALL = 8;
const LARGE = 1024;

/**
 * Invariant: `kept <= known <= next[a] <= tail <= capacity`. Places are those in the arrays; a row's sequence number,
 * which does not change when rows move, is its place and `base`.
 */
export class Track {
  features: Float64Array;
  notes: Float64Array;
  capacity = SMALL;
  /** Rows that have gone from before the first that is there. */
  base = 0;
  /** Rows from here on are needed, and a window before them. */
  kept = 0;
  /** Rows from here on wait for their label. */
  known = 0;
  /** By value that a label waits for, the first row that has not got it. */
  readonly next: number[];
  /** Where the next row goes. */
  tail = 0;
  /** Rows of the table that this key has had, those that were left out included. */
  seen = 0;

  constructor(readonly shape: TrackShape) {
    this.features = new Float64Array(SMALL * shape.width);
    this.notes = new Float64Array(SMALL * shape.notes);
    this.next = new Array<number>(shape.aheads).fill(0);
  }

  /** The first row that has to stay. */
  get begin(): number {
    return Math.max(0, this.kept - this.shape.window);
  }

  /** Makes room for one more row, moving rows or the arrays. */
  room(): void {
    if (this.tail < this.capacity) return;
    this.move(2 * this.begin >= this.capacity ? this.capacity : 2 * this.capacity);
  }

  /** What was known is not needed any more; memory of a burst is given back. */
  release(): void {
    this.kept = this.known;
    if (this.known !== this.tail || this.capacity <= LARGE) return;
    const wanted = 2 ** Math.ceil(Math.log2(2 * this.shape.window));
    if (this.capacity > 4 * wanted) this.move(Math.max(wanted, LARGE / 4));
  }

  /** What still waits has lost: as if all of it were known. */
  pass(place: number): void {
    for (let i = 0; i < this.next.length; i++) this.next[i] = Math.max(this.next[i]!, place);
    this.known = Math.max(this.known, place);
  }

  /** The rows that have to stay go to the beginning of arrays for `capacity` rows. */
  move(capacity: number): void {
    const { begin, tail, shape } = this;
    if (capacity === this.capacity) {
      this.features.copyWithin(0, begin * shape.width, tail * shape.width);
      this.notes.copyWithin(0, begin * shape.notes, tail * shape.notes);
    } else {
      const features = new Float64Array(capacity * shape.width);
      features.set(this.features.subarray(begin * shape.width, tail * shape.width));
      this.features = features;
      const notes = new Float64Array(capacity * shape.notes);
      notes.set(this.notes.subarray(begin * shape.notes, tail * shape.notes));
      this.notes = notes;
      this.capacity = capacity;
    }
    this.base += begin;
    this.kept -= begin;
    this.known -= begin;
    this.tail -= begin;
    for (let i = 0; i < this.next.length; i++) this.next[i]! -= begin;
  }
}
