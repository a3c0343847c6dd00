import {
  ARRAY_OF,
  type ItemsConstructor,
  isBig,
  isFloating,
  NULL_OF,
  TYPE,
} from "../../../protocol/types.js";
import { KError } from "../../../protocol/values.js";
import { claim } from "./budget.js";
import { sameFloat } from "./match.js";

/**
 * Series whose items depend on those before: each is a state kept by key and a step from an item to an item, so that a
 * series gives the same numbers however it is cut, and several series may come mixed. The language's verbs are the case
 * of one key; a feed's features have a key for each symbol.
 */

/** An item as a vector holds it: in its type's own unit, with q's own nulls; symbols as text. */
export type Item = number | bigint | string;
export type Series = ArrayLike<Item> & { [i: number]: Item };
/** What is kept. */
export type Cells =
  | Float64Array
  | Float32Array
  | BigInt64Array
  | Int32Array
  | Int16Array
  | Uint8Array
  | string[];

/** Shorts are kept as ints are. */
function arrayOf(type: number): ItemsConstructor {
  const Type = type === TYPE.short ? Int32Array : ARRAY_OF[type];
  if (Type === undefined) throw new KError("type");
  return Type;
}

/** So many items of a type for each key. */
export class Kept {
  items: Cells;
  /** Keys that there is room for. */
  #keys = 0;

  /** @param initial what each is at first */
  constructor(
    readonly type: number,
    readonly width: number,
    readonly initial: Item,
  ) {
    this.items = this.#make(0);
  }

  #make(count: number): Cells {
    if (this.type === TYPE.symbol) return new Array<string>(count);
    return new (arrayOf(this.type) as Float64ArrayConstructor)(count);
  }

  get bytesAKey(): number {
    return this.width * (this.type === TYPE.symbol ? 8 : arrayOf(this.type).BYTES_PER_ELEMENT);
  }

  reserve(keys: number): void {
    if (keys <= this.#keys) return;
    claim(keys * this.bytesAKey);
    this.items = this.#filled(this.items, keys);
    this.#keys = keys;
  }

  /** Takes up what was saved of so many keys. */
  restore(items: Cells, keys: number): void {
    this.#keys = keys;
    this.items = this.#filled(items, keys);
  }

  #filled(from: Cells, keys: number): Cells {
    const items = this.#make(keys * this.width);
    if (Array.isArray(items)) for (let i = 0; i < from.length; i++) items[i] = (from as string[])[i]!;
    else items.set(from as never);
    items.fill(this.initial as never, from.length);
    return items;
  }
}

export abstract class Recurrence {
  /** All that is kept, in a fixed order. */
  abstract readonly kept: readonly Kept[];
  abstract step(key: number, item: Item): Item;

  /** @param keys by item; without them all are of one key */
  run(items: Series, keys: Int32Array | undefined, out: Series): void {
    const n = items.length;
    if (keys === undefined) for (let i = 0; i < n; i++) out[i] = this.step(0, items[i]!);
    else for (let i = 0; i < n; i++) out[i] = this.step(keys[i]!, items[i]!);
  }

  reserve(keys: number): void {
    for (const each of this.kept) each.reserve(keys);
  }

  get bytesAKey(): number {
    return this.kept.reduce((total, each) => total + each.bytesAKey, 0);
  }
}

/** The null of a type as its vectors hold it; booleans have none and begin with 0. */
const nullItem = (type: number): Item => (NULL_OF[type] as Item | undefined) ?? 0;
export const zeroOf = (type: number): Item => (isBig(type) ? 0n : 0);
/** Whether an item is null: `nothing`, or NaN. */
export const isNull = (item: Item, nothing: Item): boolean => item === nothing || Number.isNaN(item);
/** What to compare with: types without a null have NaN, which no item of theirs is. */
export const testable = (type: number): Item =>
  type === TYPE.boolean || type === TYPE.byte ? Number.NaN : nullItem(type);

/** The item so many before, `n` from 1 on. */
export class Shift extends Recurrence {
  readonly #ring: Kept;
  readonly #place = new Kept(TYPE.int, 1, 0);
  readonly kept: readonly Kept[];

  constructor(
    type: number,
    readonly n: number,
  ) {
    super();
    this.#ring = new Kept(type, n, nullItem(type));
    this.kept = n === 1 ? [this.#ring] : [this.#ring, this.#place];
  }

  step(key: number, item: Item): Item {
    const { items } = this.#ring;
    if (this.n === 1) return exchange(items, key, item);
    const places = this.#place.items as Int32Array;
    const place = places[key]!;
    places[key] = place + 1 === this.n ? 0 : place + 1;
    return exchange(items, key * this.n + place, item);
  }
}

function exchange(items: Cells, at: number, item: Item): Item {
  const old = items[at]!;
  items[at] = item as never;
  return old;
}

/** Nulls become the last item that was none. */
export class Fill extends Recurrence {
  readonly #last: Kept;
  readonly kept: readonly Kept[];
  readonly #nothing: Item;

  constructor(type: number) {
    super();
    this.#nothing = testable(type);
    this.#last = new Kept(type, 1, nullItem(type));
    this.kept = [this.#last];
  }

  step(key: number, item: Item): Item {
    const { items } = this.#last;
    if (!isNull(item, this.#nothing)) items[key] = item as never;
    return items[key]!;
  }
}

/** What an item makes of the one before it. */
export interface PriorRule {
  /** Of items of the type; neither is null. */
  readonly two: (x: never, y: never) => Item;
  readonly first: (x: Item) => Item;
  /** What it is where one of the items is null; without it nulls are as other items. */
  readonly nothing?: Item;
}

/** Each item with the one before it. */
export class Prior extends Recurrence {
  readonly #last: Kept;
  readonly #begun = new Kept(TYPE.byte, 1, 0);
  readonly kept: readonly Kept[];
  readonly #nothing: Item;

  constructor(
    type: number,
    readonly rule: PriorRule,
  ) {
    super();
    this.#nothing = testable(type);
    this.#last = new Kept(type, 1, nullItem(type));
    this.kept = [this.#last, this.#begun];
  }

  step(key: number, item: Item): Item {
    const { rule } = this;
    const before = exchange(this.#last.items, key, item);
    const first = exchange(this.#begun.items, key, 1) === 0;
    if (rule.nothing !== undefined && (item === this.#nothing || (!first && before === this.#nothing)))
      return rule.nothing;
    return first ? rule.first(item) : rule.two(item as never, before as never);
  }
}

type Arithmetic = (x: never, y: never) => Item;

/** One of three forms of an operation: 64-bit integers and others go round where they are too large. */
const byType =
  (
    float: (x: number, y: number) => number,
    big: (x: bigint, y: bigint) => bigint,
    int: (x: number, y: number) => number,
  ) =>
  (type: number): Arithmetic =>
    isFloating(type) ? float : isBig(type) ? big : int;

/** Of items that are not null. */
export const sumOf = byType(
  (x, y) => x + y,
  (x, y) => BigInt.asIntN(64, x + y),
  (x, y) => (x + y) | 0,
);
export const productOf = byType(
  (x, y) => x * y,
  (x, y) => BigInt.asIntN(64, x * y),
  Math.imul,
);
const differenceOf = byType(
  (x, y) => x - y,
  (x, y) => BigInt.asIntN(64, x - y),
  (x, y) => (x - y) | 0,
);

/** `deltas`: results of type `out`. */
export const differences = (type: number, out: number): PriorRule => ({
  two: differenceOf(type),
  first: (x) => x,
  ...(isFloating(type) ? {} : { nothing: nullItem(out) }),
});

/** `ratios` of floats. */
export const QUOTIENTS: PriorRule = { two: (x: number, y: number) => x / y, first: (x) => x };

/** `differ`: 1 where an item is not the one before. */
export const CHANGES: PriorRule = {
  two: (x: Item, y: Item) =>
    Number(typeof x === "number" && typeof y === "number" ? !sameFloat(x, y) : x !== y),
  first: () => 1,
};

/** `op` over all items so far that are not null. */
export class Running extends Recurrence {
  readonly #total: Kept;
  readonly kept: readonly Kept[];
  readonly #nothing: Item;
  readonly #none: Item;
  /** Types without a null must remember otherwise whether there was an item. */
  readonly #begun: Kept | undefined;

  /** @param initial what there is before the first item; the null of `out` stands for nothing */
  constructor(
    type: number,
    out: number,
    readonly op: (x: never, y: never) => Item,
    initial: Item = nullItem(out),
  ) {
    super();
    this.#nothing = testable(type);
    this.#none = testable(out);
    this.#total = new Kept(out, 1, initial);
    this.#begun = Number.isNaN(this.#none) && !isFloating(out) ? new Kept(TYPE.byte, 1, 0) : undefined;
    this.kept = this.#begun === undefined ? [this.#total] : [this.#total, this.#begun];
  }

  step(key: number, item: Item): Item {
    const { items } = this.#total;
    if (isNull(item, this.#nothing)) return items[key]!;
    const total = items[key]!;
    const fresh =
      this.#begun === undefined ? isNull(total, this.#none) : exchange(this.#begun.items, key, 1) === 0;
    items[key] = (fresh ? item : this.op(total as never, item as never)) as never;
    // as the type holds it: integers go round, reals are rounded
    return items[key]!;
  }
}

/** The mean of all items so far that are not null, of floats. */
export class Averages extends Recurrence {
  readonly #sum = new Kept(TYPE.float, 1, 0);
  readonly #count = new Kept(TYPE.float, 1, 0);
  readonly kept = [this.#sum, this.#count];

  step(key: number, item: number): number {
    const sum = this.#sum.items as Float64Array;
    const count = this.#count.items as Float64Array;
    if (!Number.isNaN(item)) {
      sum[key]! += item;
      count[key]!++;
    }
    return sum[key]! / count[key]!;
  }
}

/** Each item weighed with those before: `alpha` of it and the rest of the last result. A null stays, as in q. */
export class Ema extends Recurrence {
  readonly #last = new Kept(TYPE.float, 1, 0);
  readonly #begun = new Kept(TYPE.byte, 1, 0);
  readonly kept = [this.#last, this.#begun];

  constructor(readonly alpha: number) {
    super();
  }

  step(key: number, item: number): number {
    const last = this.#last.items as Float64Array;
    const first = exchange(this.#begun.items, key, 1) === 0;
    last[key] = first ? item : last[key]! * (1 - this.alpha) + this.alpha * item;
    return last[key]!;
  }
}
