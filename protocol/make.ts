/**
 * Constructors of k values, meant to be used as `import * as k from "./make.js"`.
 *
 * Typed arrays are taken by reference (no copy): do not change them afterwards. Plain arrays are copied.
 * Temporal values are q's own units: timestamp and timespan nanoseconds (bigint), datetime days (float), month
 * months, date days, minute minutes, second seconds, time milliseconds; the epoch is 2000-01-01.
 */
import { bytesOf } from "./text.js";
import { ARRAY_OF, type AtomValue, type Items, isBig, isFloating, TYPE, WIDTH } from "./types.js";
import { Atom, Dict, type K, KError, List, NULL, Symbols, Table, Vector } from "./values.js";
import { count } from "./view.js";

export { INFINITY_OF, type Items, NULL_OF } from "./types.js";
export { at, count, items, text } from "./view.js";
export { NULL };

/** An atom of the (positive) type number; the value is as `AtomValue` says. */
export const atom = (type: number, value: AtomValue): Atom => new Atom(-type, value);

const big = (x: bigint | number): bigint => (typeof x === "bigint" ? x : BigInt(x));

export const boolean = (x: boolean): Atom => atom(TYPE.boolean, x);
/** @param x 16 bytes, or the usual text of 32 hexadecimal digits and dashes */
export const guid = (x: Uint8Array | string): Atom => atom(TYPE.guid, guidBytes(x));
export const byte = (x: number): Atom => atom(TYPE.byte, x);
export const short = (x: number): Atom => atom(TYPE.short, x);
export const int = (x: number): Atom => atom(TYPE.int, x);
export const long = (x: bigint | number): Atom => atom(TYPE.long, big(x));
export const real = (x: number): Atom => atom(TYPE.real, Math.fround(x));
export const float = (x: number): Atom => atom(TYPE.float, x);
/** @param x the byte, or text of one byte */
export const char = (x: number | string): Atom => atom(TYPE.char, typeof x === "number" ? x : charByte(x));
export const symbol = (x: string): Atom => atom(TYPE.symbol, x);
export const timestamp = (x: bigint | number): Atom => atom(TYPE.timestamp, big(x));
export const month = (x: number): Atom => atom(TYPE.month, x);
export const date = (x: number): Atom => atom(TYPE.date, x);
export const datetime = (x: number): Atom => atom(TYPE.datetime, x);
export const timespan = (x: bigint | number): Atom => atom(TYPE.timespan, big(x));
export const minute = (x: number): Atom => atom(TYPE.minute, x);
export const second = (x: number): Atom => atom(TYPE.second, x);
export const time = (x: number): Atom => atom(TYPE.time, x);

/** What a vector can be made of: atoms' values, or a typed array whose items are as wide as the type's. */
export type VectorItems =
  | Items
  | readonly number[]
  | readonly bigint[]
  | readonly boolean[]
  | readonly Uint8Array[]
  | readonly string[]
  | readonly AtomValue[];

/**
 * A vector of any type from 1 to 19, symbols included.
 * @param attr 0 none, 1 sorted, 2 unique, 3 parted, 4 grouped
 * @throws TypeError when the items do not fit the type
 */
export function vector(type: number, values: VectorItems, attr = 0): Vector | Symbols {
  if (type === TYPE.symbol) {
    if (ArrayBuffer.isView(values)) throw new TypeError("symbols are made of strings");
    return new Symbols(values.length, values as readonly string[], attr);
  }
  return fixed(type, values, attr);
}

function fixed(type: number, values: VectorItems, attr = 0): Vector {
  const Type = ARRAY_OF[type];
  if (Type === undefined) throw new TypeError(`no vector has type ${type}`);
  if (ArrayBuffer.isView(values)) {
    const width = WIDTH[type]!;
    if (values.BYTES_PER_ELEMENT !== Type.BYTES_PER_ELEMENT || values.byteLength % width !== 0) {
      throw new TypeError(`type ${type} needs items of ${width} bytes`);
    }
    return new Vector(type, new Uint8Array(values.buffer, values.byteOffset, values.byteLength), attr);
  }
  return new Vector(type, new Uint8Array(typed(type, values as readonly AtomValue[]).buffer), attr);
}

/** A fresh typed array of the values; 64-bit integers may be given as numbers, booleans as booleans. */
function typed(type: number, values: readonly AtomValue[]): Items {
  const Type = ARRAY_OF[type]!;
  if (type === TYPE.guid) {
    const out = new Uint8Array(16 * values.length);
    for (let i = 0; i < values.length; i++) out.set(guidBytes(values[i] as Uint8Array | string), 16 * i);
    return out;
  }
  if (isBig(type)) return BigInt64Array.from(values as readonly (bigint | number)[], big);
  const out = new (Type as Float64ArrayConstructor)(values as readonly number[]);
  if (isFloating(type)) {
    // arithmetic leaves NaNs of either sign; q's own null is the positive one
    for (let i = 0; i < out.length; i++) if (Number.isNaN(out[i])) out[i] = Number.NaN;
  }
  return out;
}

export const booleans = (x: readonly boolean[] | readonly number[] | Uint8Array): Vector =>
  fixed(TYPE.boolean, x);
/** @param x guids, or their bytes one after the other */
export const guids = (x: readonly (Uint8Array | string)[] | Uint8Array): Vector => fixed(TYPE.guid, x);
export const bytes = (x: readonly number[] | Uint8Array): Vector => fixed(TYPE.byte, x);
export const shorts = (x: readonly number[] | Int16Array): Vector => fixed(TYPE.short, x);
export const ints = (x: readonly number[] | Int32Array): Vector => fixed(TYPE.int, x);
export const longs = (x: readonly bigint[] | readonly number[] | BigInt64Array): Vector =>
  fixed(TYPE.long, x);
export const reals = (x: readonly number[] | Float32Array): Vector => fixed(TYPE.real, x);
export const floats = (x: readonly number[] | Float64Array): Vector => fixed(TYPE.float, x);
/** @param x text, or its bytes */
export const chars = (x: string | Uint8Array): Vector =>
  new Vector(TYPE.char, typeof x === "string" ? bytesOf(x) : x);
export const symbols = (x: readonly string[]): Symbols => new Symbols(x.length, x);
export const timestamps = (x: readonly bigint[] | readonly number[] | BigInt64Array): Vector =>
  fixed(TYPE.timestamp, x);
export const months = (x: readonly number[] | Int32Array): Vector => fixed(TYPE.month, x);
export const dates = (x: readonly number[] | Int32Array): Vector => fixed(TYPE.date, x);
export const datetimes = (x: readonly number[] | Float64Array): Vector => fixed(TYPE.datetime, x);
export const timespans = (x: readonly bigint[] | readonly number[] | BigInt64Array): Vector =>
  fixed(TYPE.timespan, x);
export const minutes = (x: readonly number[] | Int32Array): Vector => fixed(TYPE.minute, x);
export const seconds = (x: readonly number[] | Int32Array): Vector => fixed(TYPE.second, x);
export const times = (x: readonly number[] | Int32Array): Vector => fixed(TYPE.time, x);

/** The empty general list `()`. */
export const EMPTY: List = new List(0, []);

/** A general list; it stays one, whatever its items are. */
export const list = (values: readonly K[]): List => new List(values.length, values);

/** What q makes of these items side by side: atoms of one type become a vector, anything else a general list. */
export function collapse(values: readonly K[]): Vector | Symbols | List {
  const first = values[0];
  if (!(first instanceof Atom)) return list(values);
  const same: AtomValue[] = [];
  for (const x of values) {
    if (!(x instanceof Atom) || x.type !== first.type) return list(values);
    same.push(x.value);
  }
  return vector(-first.type, same);
}

/** @throws KError 'length when keys and values differ in count */
export function dict(keys: K, values: K): Dict {
  if (count(keys) !== count(values)) throw new KError("length");
  return new Dict(keys, values);
}

/**
 * A table from names and columns, or from an object of columns.
 * @throws KError 'length when columns differ in count
 */
export function table(columns: Readonly<Record<string, K>>): Table;
export function table(names: readonly string[] | Symbols, columns: readonly K[] | List): Table;
export function table(
  names: readonly string[] | Symbols | Readonly<Record<string, K>>,
  columns?: readonly K[] | List,
): Table {
  if (columns === undefined) {
    const record = names as Readonly<Record<string, K>>;
    return table(Object.keys(record), Object.values(record));
  }
  const head = names instanceof Symbols ? names : symbols(names as readonly string[]);
  const body = columns instanceof List ? columns : list(columns);
  const rows = body.count === 0 ? 0 : count(body.items[0]!);
  if (head.count !== body.count || body.items.some((x) => count(x) !== rows)) throw new KError("length");
  return new Table(head, body);
}

/** A k error, to answer a sync request with. */
export const error = (message: string): KError => new KError(message);

function charByte(x: string): number {
  const encoded = bytesOf(x);
  if (encoded.length !== 1)
    throw new TypeError(`a char is one byte, ${JSON.stringify(x)} has ${encoded.length}`);
  return encoded[0]!;
}

function guidBytes(x: Uint8Array | string): Uint8Array {
  const value = typeof x === "string" ? Buffer.from(x.replaceAll("-", ""), "hex") : x;
  if (value.length !== 16) throw new TypeError("a guid has 16 bytes");
  return value;
}
