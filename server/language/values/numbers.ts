import * as k from "../../../protocol/make.js";
import {
  INFINITY_OF,
  INT_NULL,
  isBig,
  LETTERS,
  LONG_NULL,
  NANOS_OF,
  NULL_OF,
  TYPE,
  typeOfLetter,
} from "../../../protocol/types.js";
import { type Atom, type K, KError, Vector } from "../../../protocol/values.js";
import { allocate, type Items } from "./arrays.js";
import type { Simple } from "./atomic.js";
import { isAtom } from "./vectors.js";

/**
 * Numbers of any type brought to the type that an operation works in, as a typed array or a single number, with nulls
 * kept and temporal units converted.
 */

/** Which result type a pair of types has; types in the order of LETTERS, a space where they do not go together. */
export type PairTable = readonly string[];

/** `+` and `*`, and with the changes below `-`: code.kx.com, "Add" and "Multiply". Rows and columns are b g x h i j e f c s p m d z n u v t. */
export const ADD: PairTable = [
  "i iiijefi pmdznuvt",
  "",
  "i iiijefi pmdznuvt",
  "i iiijefi pmdznuvt",
  "i iiijefi pmdznuvt",
  "j jjjjefj pmdznuvt",
  "e eeeeefe pmdznuvt",
  "f fffffff pmzzffff",
  "i iiijefi pmdznuvt",
  "",
  "p ppppppp     pppp",
  "m mmmmmmm         ",
  "d dddddzd     pppp",
  "z zzzzzzz     zzzz",
  "n nnnnnfn p pznnnn",
  "u uuuuufu p pznuvt",
  "v vvvvvfv p pznvvt",
  "t tttttft p pznttt",
];

const ORDER = "bgxhijefcspmdznuvt";

/** The result type of a pair of types. @throws KError 'type */
export type TypeRule = (x: number, y: number) => number;

export function ruleOf(table: PairTable): TypeRule {
  const types = LETTERS.split("").map((x) =>
    LETTERS.split("").map((y) => typeOfLetter(table[ORDER.indexOf(x)]?.[ORDER.indexOf(y)] ?? " ")),
  );
  return (x, y) => {
    const type = types[x]?.[y] ?? -1;
    if (type < 0) throw new KError("type");
    return type;
  };
}

/** The table of `+` with single pairs changed, written "pp n": p with p gives n. */
export function changed(table: PairTable, ...changes: readonly string[]): PairTable {
  const rows = table.map((row) => [...row]);
  for (const [x, y, , result] of changes) rows[ORDER.indexOf(x!)]![ORDER.indexOf(y!)] = result!;
  return rows.map((row) => row.join(""));
}

/** The later of two types in q's order; there is none for guids and symbols. */
export const WIDER: PairTable = [...ORDER].map((x, i) =>
  [...ORDER].map((y, j) => ("gs".includes(x) || "gs".includes(y) ? " " : i > j ? x : y)).join(""),
);

/** How many units of `to` one unit of `from` is; numbers count in the unit of what they meet. */
function factor(from: number, to: number): number {
  const [a, b] = [NANOS_OF[from], NANOS_OF[to]];
  return a === undefined || b === undefined || a === b ? 1 : Number(a) / Number(b);
}

const typeOf = (x: Simple): number => Math.abs(x.type);

function numbersOf(x: Simple): Items | number | bigint {
  if (isAtom(x)) return atomNumber(x);
  if (!(x instanceof Vector) || x.type === TYPE.guid) throw new KError("type");
  return k.items(x);
}

function atomNumber(x: Atom): number | bigint {
  if (typeof x.value === "boolean") return Number(x.value);
  if (typeof x.value === "string" || typeof x.value === "object") throw new KError("type");
  return x.value;
}

/** The null of a type as its items hold it, or undefined. */
const nullItem = (type: number): number | bigint | undefined => {
  const value = NULL_OF[type];
  return type === TYPE.char || (typeof value !== "number" && typeof value !== "bigint") ? undefined : value;
};

/** As doubles: nulls become NaN, infinities of integers their infinity. */
export function toFloats(x: Simple, to: number = TYPE.float): Float64Array | number {
  const from = typeOf(x);
  const scale = factor(from, to);
  const source = numbersOf(x);
  const nothing = nullItem(from);
  const most = INFINITY_OF[from];
  const convert = (item: number | bigint): number => {
    if (item === nothing) return Number.NaN;
    if (item === most) return Number.POSITIVE_INFINITY;
    if (most !== undefined && item === -most) return Number.NEGATIVE_INFINITY;
    return Number(item) * scale;
  };
  if (typeof source === "number" || typeof source === "bigint") return convert(source);
  if (source instanceof Float64Array && scale === 1) return source;
  const out = allocate(TYPE.float, source.length) as Float64Array;
  for (let i = 0; i < source.length; i++) out[i] = convert(source[i]!);
  return out;
}

/** As 64-bit integers of type `to`; never from floats. */
export function toBigs(x: Simple, to: number): BigInt64Array | bigint {
  const from = typeOf(x);
  const scale = BigInt(Math.max(1, factor(from, to)));
  const source = numbersOf(x);
  const nothing = nullItem(from);
  const convert = (item: number | bigint): bigint => (item === nothing ? LONG_NULL : BigInt(item) * scale);
  if (typeof source === "number" || typeof source === "bigint") {
    if (typeof source === "number" && !Number.isInteger(source)) throw new KError("type");
    return BigInt.asIntN(64, convert(source));
  }
  if (source instanceof BigInt64Array && scale === 1n) return source;
  if (source instanceof Float64Array || source instanceof Float32Array) throw new KError("type");
  const out = allocate(TYPE.long, source.length) as BigInt64Array;
  for (let i = 0; i < source.length; i++) out[i] = convert(source[i]!);
  return out;
}

/** As 32-bit integers of type `to`. */
export function toInts(x: Simple, to: number): Int32Array | number {
  const from = typeOf(x);
  const scale = factor(from, to);
  const source = numbersOf(x);
  const nothing = nullItem(from);
  const convert = (item: number | bigint): number => (item === nothing ? INT_NULL : Number(item) * scale);
  if (typeof source === "number" || typeof source === "bigint") return convert(source) | 0;
  if (source instanceof Int32Array && scale === 1) return source;
  const out = allocate(TYPE.int, source.length) as Int32Array;
  for (let i = 0; i < source.length; i++) out[i] = convert(source[i]!);
  return out;
}

/** Runs `f` over one or two operands, either of which may be a single number. */
export function zip<T extends number | bigint>(
  x: ArrayLike<T> | T,
  y: ArrayLike<T> | T,
  make: (count: number) => Items,
  f: (x: T, y: T) => T | boolean,
): Items | T | boolean {
  if (typeof x === "object" && typeof y === "object") {
    const n = x.length;
    if (n !== y.length) throw new KError("length");
    const out = make(n);
    for (let i = 0; i < n; i++) out[i] = f(x[i]!, y[i]!) as never;
    return out;
  }
  if (typeof x === "object") {
    const out = make(x.length);
    for (let i = 0; i < out.length; i++) out[i] = f(x[i]!, y as T) as never;
    return out;
  }
  if (typeof y === "object") {
    const out = make(y.length);
    for (let i = 0; i < out.length; i++) out[i] = f(x, y[i]!) as never;
    return out;
  }
  return f(x, y);
}

/** Runs `f` over items or a single number. */
export function map<T extends number | bigint>(
  x: ArrayLike<T> | T,
  make: (count: number) => Items,
  f: (x: T) => T,
): Items | T {
  if (typeof x !== "object") return f(x);
  const out = make(x.length);
  for (let i = 0; i < out.length; i++) out[i] = f(x[i]!) as never;
  return out;
}

/** Whether an atom counts as true: it is not zero. @throws KError 'type for what is no number */
export function isTrue(x: K): boolean {
  const value = isAtom(x) ? atomNumber(x) : undefined;
  if (value === undefined) throw new KError("type");
  return Boolean(value) || Number.isNaN(value);
}

/** A single number or items as a value of a type. */
export function asK(type: number, value: Items | number | bigint | boolean): K {
  if (typeof value === "object") return k.vector(type, value);
  if (type === TYPE.boolean) return k.boolean(Boolean(value));
  if (type === TYPE.real) return k.real(Number(value));
  return k.atom(type, isBig(type) ? BigInt(value) : Number(value));
}
