/** A column of numbers, times or symbols that an expression works out for the rows that have arrived together. */
import * as k from "../../../protocol/make.js";
import { ARRAY_OF, INFINITY_OF, isBig, isFloating, NULL_OF, TYPE } from "../../../protocol/types.js";
import { Atom, type K, KError, Symbols, type Vector } from "../../../protocol/values.js";
import type { Rows } from "../rows.js";

/** The rows at hand. One for all series of a program. */
export class Block {
  count = 0;
  /** Grows with each, so that a series knows whether what it has is of this one. */
  number = 0;
  keys: Int32Array = new Int32Array(0);
}

export type Items = k.Items | readonly string[];

/** Memory for the items of a series, used again for the next rows. */
export class Buffer<T extends k.Items = k.Items> {
  #all: T;
  #view: T;

  constructor(readonly type: number) {
    this.#all = this.#make(0);
    this.#view = this.#all;
  }

  #make(count: number): T {
    return new (ARRAY_OF[this.type] as Float64ArrayConstructor)(count) as unknown as T;
  }

  /** So many items, what is in them left over from before. */
  of(count: number): T {
    if (this.#view.length === count) return this.#view;
    const { length } = this.#all;
    if (length < count) this.#all = this.#make(Math.max(count, Math.min(2 * length, MOST_SPARE)));
    else if (length > MOST_SPARE && count <= MOST_SPARE / 4) this.#all = this.#make(MOST_SPARE);
    this.#view = this.#all.subarray(0, count) as T;
    return this.#view;
  }
}

/** No more items than this are kept ready beyond what is asked for. */
const MOST_SPARE = 2 ** 16;

const floatBuffer = (): Buffer<Float64Array> => new Buffer(TYPE.float);

/**
 * Who uses a series asks it once a block, in one of three forms; one that several use is `Shared`. Arrays are good
 * until the next block.
 */
export abstract class Series {
  #floats: Buffer<Float64Array> | undefined;

  /** @param type k type number of its vector */
  constructor(
    readonly block: Block,
    readonly type: number,
  ) {}

  /** As a vector holds them; symbols as text. */
  abstract items(): Items;

  value(): K {
    return wrapped(this.type, this.items());
  }

  /** Nulls are NaN, infinities of integers infinite; times in their own unit. */
  floats(): Float64Array {
    const items = this.items();
    if (items instanceof Float64Array) return items;
    this.#floats ??= floatBuffer();
    return toFloats(this.type, items, this.#floats.of(this.block.count));
  }
}

const wrapped = (type: number, items: Items): K => k.vector(type, items as k.Items) as Vector | Symbols;

/** As the language's own, into an array that is there. */
function toFloats(type: number, items: Items, out: Float64Array): Float64Array {
  if (items instanceof BigInt64Array) return fromBig(items, out);
  const from = items as Int32Array;
  if (isFloating(type) || type === TYPE.char || type < TYPE.short) {
    for (let i = 0; i < from.length; i++) out[i] = from[i]!;
    return out;
  }
  const nothing = NULL_OF[type] as number;
  const most = INFINITY_OF[type] as number;
  for (let i = 0; i < from.length; i++) {
    const item = from[i]!;
    out[i] = item === nothing ? Number.NaN : item === most ? Infinity : item === -most ? -Infinity : item;
  }
  return out;
}

const HIGH = 2 ** 32;

/** By halves: an object for each 64-bit integer would be most of the work. The sum is rounded once, as `Number` does. */
function fromBig(items: BigInt64Array, out: Float64Array): Float64Array {
  const halves = new Int32Array(items.buffer, items.byteOffset, items.length * 2);
  for (let i = 0; i < items.length; i++) {
    const low = halves[2 * i]!;
    const high = halves[2 * i + 1]!;
    if (high === -(2 ** 31) && (low === 0 || low === 1)) out[i] = low === 0 ? Number.NaN : -Infinity;
    else if (high === 2 ** 31 - 1 && low === -1) out[i] = Infinity;
    else out[i] = high * HIGH + (low >>> 0);
  }
  return out;
}

/** A column of the table. */
export class ColumnSeries extends Series {
  #vector: Vector | Symbols | undefined;
  #items: Items | undefined;
  #floats: Float64Array | undefined;

  constructor(
    block: Block,
    readonly name: string,
    type: number,
  ) {
    super(block, type);
  }

  /** Takes the rows' column. @throws KError where it is not there or another than it was */
  load(rows: Rows): void {
    const vector = rows.columns.get(this.name);
    if (vector === undefined) throw new KError(`feed: the rows have no column ${this.name} any more`);
    if (vector.type !== this.type)
      throw new KError(`feed: column ${this.name} has type ${vector.type} now, it had ${this.type}`);
    if (vector.count !== rows.count)
      throw new KError(`feed: column ${this.name} has ${vector.count} items for ${rows.count} rows`);
    this.#vector = vector;
    this.#items = undefined;
    this.#floats = undefined;
  }

  override items(): Items {
    const vector = this.#vector!;
    this.#items ??= vector instanceof Symbols ? vector.names : k.items(vector);
    return this.#items;
  }

  override value(): K {
    return this.#vector!;
  }

  override floats(): Float64Array {
    this.#floats ??= super.floats();
    return this.#floats;
  }
}

/** The same in each row. */
export class Constant extends Series {
  readonly #buffer: Buffer | undefined;
  #names: readonly string[] = [];
  readonly #floats = floatBuffer();
  #filled: k.Items | undefined;
  #filledFloats: Float64Array | undefined;

  constructor(
    block: Block,
    readonly constant: K,
  ) {
    super(block, Math.abs(constant.type));
    if (ARRAY_OF[this.type] !== undefined && this.type !== TYPE.guid) this.#buffer = new Buffer(this.type);
  }

  override items(): Items {
    const { value } = this.constant as Atom;
    const { count } = this.block;
    if (this.#buffer === undefined) {
      if (this.#names.length !== count) this.#names = new Array<string>(count).fill(value as string);
      return this.#names;
    }
    const items = this.#buffer.of(count);
    if (items !== this.#filled) items.fill((typeof value === "boolean" ? Number(value) : value) as never);
    this.#filled = items;
    return items;
  }

  override value(): K {
    return this.constant;
  }

  override floats(): Float64Array {
    const out = this.#floats.of(this.block.count);
    if (out !== this.#filledFloats) out.fill(this.number);
    this.#filledFloats = out;
    return out;
  }

  /** What it is as a float. */
  get number(): number {
    const one = toFloats(this.type, k.items(k.collapse([this.constant]) as Vector), new Float64Array(1));
    return one[0]!;
  }
}

/** A definition: worked out once a block, however many use it. */
export class Shared extends Series {
  #items: Items | undefined;
  #itemsOf = -1;
  #floats: Float64Array | undefined;
  #floatsOf = -1;
  readonly #out = floatBuffer();

  constructor(
    block: Block,
    readonly inner: Series,
  ) {
    super(block, inner.type);
  }

  override items(): Items {
    if (this.#itemsOf !== this.block.number) {
      this.#items = this.inner.items();
      this.#itemsOf = this.block.number;
    }
    return this.#items!;
  }

  override floats(): Float64Array {
    if (this.#floatsOf !== this.block.number) {
      this.#floats = super.floats();
      this.#floatsOf = this.block.number;
    }
    return this.#floats!;
  }

  /** As floats of its own, with one NaN for all, so that the bits do not tell which processor worked them out. */
  result(): Float64Array {
    const from = this.floats();
    const out = this.#out.of(from.length);
    for (let i = 0; i < from.length; i++) {
      const item = from[i]!;
      out[i] = Number.isNaN(item) ? Number.NaN : item;
    }
    return out;
  }
}

/** A vector of one item of a type, to ask a verb what it makes of the type. */
export function sample(type: number): K {
  if (type === TYPE.symbol) return k.symbols(["a"]);
  if (type === TYPE.guid) return k.guids(new Uint8Array(16));
  return k.vector(type, isBig(type) ? [1n] : type === TYPE.char ? [65] : [1]);
}

export const isAtom = (x: K): x is Atom => x instanceof Atom;
