import { TYPE } from "../../../protocol/types.js";
import { type Item, isNull, Kept, Recurrence, sumOf, testable, zeroOf } from "./recurrences.js";

/** Recurrences over the last items of a key: sums, counts, means, deviations, the largest and the smallest. */

/**
 * The last `n` items of each key put together by an operation. A window is the end of a block of n items and the
 * beginning of the next: when a block is full its ends are worked out, from the back, in its own places; of the next one
 * the beginning is kept. So nothing is ever taken away again that was put in, which is what loses figures; an infinity
 * leaves with its item; and a step costs the same for any n.
 */
abstract class Window extends Recurrence {
  readonly #place = new Kept(TYPE.int, 1, 0);

  constructor(readonly n: number) {
    super();
  }

  get place(): Kept {
    return this.#place;
  }

  step(key: number, item: Item): Item {
    const places = this.#place.items as Int32Array;
    const place = places[key]!;
    const start = key * this.n;
    const last = place + 1 === this.n;
    const value = this.put(key, start + place, item, place === 0, last);
    if (last) this.turn(start);
    places[key] = last ? 0 : place + 1;
    return value;
  }

  /**
   * Puts an item in its place, and into the block's beginning.
   * @returns the window's value: the end in the next place, if there is one, with the beginning
   */
  protected abstract put(key: number, at: number, item: Item, first: boolean, last: boolean): Item;
  /** Makes the ends of a full block. */
  protected abstract turn(start: number): void;
}

type Operation = (older: never, newer: never) => Item;

/** An operation on the items themselves. */
export class MovingFold extends Window {
  readonly #ends: Kept;
  readonly #beginning: Kept;
  readonly kept: readonly Kept[];
  readonly #none: Item;

  /**
   * @param type of items and results
   * @param none changes nothing: what is there before the first items, and for nulls
   */
  constructor(
    type: number,
    n: number,
    readonly op: Operation,
    none: Item,
  ) {
    super(n);
    this.#none = none;
    this.#ends = new Kept(type, n, none);
    this.#beginning = new Kept(type, 1, none);
    this.kept = [this.#ends, this.#beginning, this.place];
  }

  protected put(key: number, at: number, item: Item, first: boolean, last: boolean): Item {
    const ends = this.#ends.items;
    const beginning = this.#beginning.items;
    beginning[key] = (first ? item : this.op(beginning[key] as never, item as never)) as never;
    ends[at] = item as never;
    return this.op((last ? this.#none : ends[at + 1]) as never, beginning[key] as never);
  }

  protected turn(start: number): void {
    const ends = this.#ends.items;
    for (let i = start + this.n - 2; i >= start; i--)
      ends[i] = this.op(ends[i] as never, ends[i + 1] as never) as never;
  }
}

/** q's order: null is the smallest. */
export const larger = (x: Item, y: Item): Item => (x > y || Number.isNaN(y) ? x : y);
export const smaller = (x: Item, y: Item): Item => (x < y || Number.isNaN(x) ? x : y);

/** Sums of a type's items, nulls being nothing. */
export class MovingSum extends Recurrence {
  readonly #sums: MovingFold;
  readonly #nothing: Item;
  readonly #zero: Item;

  /** @param out int or long, real or float, or a span of time */
  constructor(type: number, out: number, n: number) {
    super();
    this.#nothing = testable(type);
    this.#zero = zeroOf(out);
    this.#sums = new MovingFold(out, n, sumOf(out), this.#zero);
  }

  get kept(): readonly Kept[] {
    return this.#sums.kept;
  }

  step(key: number, item: Item): Item {
    return this.#sums.step(key, isNull(item, this.#nothing) ? this.#zero : item);
  }
}

/** How many items are not null. */
export class MovingCount extends Recurrence {
  readonly #counts: MovingFold;
  readonly #nothing: Item;

  constructor(type: number, n: number) {
    super();
    this.#nothing = testable(type);
    this.#counts = new MovingFold(TYPE.int, n, sumOf(TYPE.int), 0);
  }

  get kept(): readonly Kept[] {
    return this.#counts.kept;
  }

  step(key: number, item: Item): number {
    return this.#counts.step(key, isNull(item, this.#nothing) ? 0 : 1) as number;
  }
}

/** Means of floats that are not null. */
export class MovingMean extends Recurrence {
  readonly #sums: MovingSum;
  readonly #counts: MovingCount;

  constructor(n: number) {
    super();
    this.#sums = new MovingSum(TYPE.float, TYPE.float, n);
    this.#counts = new MovingCount(TYPE.float, n);
  }

  get kept(): readonly Kept[] {
    return [...this.#sums.kept, ...this.#counts.kept];
  }

  step(key: number, item: number): number {
    return (this.#sums.step(key, item) as number) / this.#counts.step(key, item);
  }
}

/**
 * Deviations of floats that are not null: counts, means and sums of squares around them, put together by the formula of
 * Chan, Golub and LeVeque (1979), single items by Welford's (1962): prices that differ in their last figures keep them.
 */
export class MovingDeviation extends Window {
  readonly #counts: Kept;
  readonly #means: Kept;
  readonly #squares: Kept;
  readonly #count = new Kept(TYPE.float, 1, 0);
  readonly #mean = new Kept(TYPE.float, 1, 0);
  readonly #square = new Kept(TYPE.float, 1, 0);
  readonly kept: readonly Kept[];

  constructor(n: number) {
    super(n);
    this.#counts = new Kept(TYPE.int, n, 0);
    this.#means = new Kept(TYPE.float, n, 0);
    this.#squares = new Kept(TYPE.float, n, 0);
    this.kept = [
      ...[this.#counts, this.#means, this.#squares, this.#count, this.#mean, this.#square],
      this.place,
    ];
  }

  protected put(key: number, at: number, item: number, first: boolean, last: boolean): number {
    const counts = this.#counts.items as Int32Array;
    const means = this.#means.items as Float64Array;
    const count = this.#count.items as Float64Array;
    const mean = this.#mean.items as Float64Array;
    const square = this.#square.items as Float64Array;
    if (first) {
      count[key] = 0;
      mean[key] = 0;
      square[key] = 0;
    }
    const there = !Number.isNaN(item);
    counts[at] = there ? 1 : 0;
    means[at] = item;
    if (there) {
      count[key]!++;
      const from = item - mean[key]!;
      mean[key]! += from / count[key]!;
      square[key]! += from * (item - mean[key]!);
    }
    const older = last ? 0 : counts[at + 1]!;
    const newer = count[key]!;
    const all = older + newer;
    if (older === 0) return Math.sqrt(square[key]! / all);
    const squares = (this.#squares.items as Float64Array)[at + 1]!;
    if (newer === 0) return Math.sqrt(squares / all);
    const apart = mean[key]! - means[at + 1]!;
    return Math.sqrt((squares + square[key]! + (apart * apart * older * newer) / all) / all);
  }

  protected turn(start: number): void {
    const counts = this.#counts.items as Int32Array;
    const means = this.#means.items as Float64Array;
    const squares = this.#squares.items as Float64Array;
    let [count, mean, square] = [0, 0, 0];
    for (let i = start + this.n - 1; i >= start; i--) {
      if (counts[i] === 1) {
        count++;
        const from = means[i]! - mean;
        mean += from / count;
        square += from * (means[i]! - mean);
      }
      counts[i] = count;
      means[i] = mean;
      squares[i] = square;
    }
  }
}
