import * as k from "../../../protocol/make.js";
import {
  EPOCH_MILLIS,
  INFINITY_OF,
  INT_NULL,
  isBig,
  isClock,
  isFloating,
  isTemporal,
  LETTERS,
  LONG_NULL,
  MILLIS_A_DAY,
  NANOS_A_DAY,
  NANOS_OF,
  NULL_OF,
  SHORT_NULL,
  TYPE,
  TYPE_NAMES,
  typeOfLetter,
} from "../../../protocol/types.js";
import { type Atom, Dict, type K, KError, List, Symbols, Vector } from "../../../protocol/values.js";
import { allocate, type Items, places } from "../values/arrays.js";
import { atomicOne, type Simple } from "../values/atomic.js";
import { ATOM_BYTES, claim } from "../values/budget.js";
import type { Verb } from "../values/functions.js";
import { asK, map } from "../values/numbers.js";
import { gather, isAtom, itemsOf, wholeNumber } from "../values/vectors.js";
import { matrixProduct } from "./matrix.js";
import { tok } from "./tok.js";

/** `$`: casts, reading of text, padding of text and, in matrix.ts, the product of matrices. */

/** Parts of dates and times that `$` takes for a type: `` `year$2024.01.31 ``. */
type Part = "year" | "mm" | "dd" | "hh" | "uu" | "ss" | "week";
const PARTS: readonly Part[] = ["year", "mm", "dd", "hh", "uu", "ss", "week"];

function dollar(x: K, y: K): K {
  if (x instanceof Vector && (x.type === TYPE.float || x.type === TYPE.real)) return matrixProduct(x, y);
  if (
    x instanceof List &&
    x.count > 0 &&
    x.items.every((row) => row instanceof Vector && row.type >= TYPE.real && row.type <= TYPE.float)
  ) {
    return matrixProduct(x, y);
  }
  if (isAtom(x) && (x.type === -TYPE.long || x.type === -TYPE.int)) return pad(wholeNumber(x), y);
  if (x instanceof Vector && x.type === TYPE.char && x.count > 1) return castEach(x, y);
  if (x instanceof Symbols || x instanceof Vector) return castEach(x, y);
  if (x instanceof List && x.count === 0) return y;
  if (!isAtom(x)) throw new KError("type");
  if (x.type === -TYPE.char) {
    const letter = String.fromCharCode(x.value as number);
    if (letter === "*") return y;
    if (letter >= "A" && letter <= "Z") return tok(typeOfLetter(letter.toLowerCase()), y);
    return castTo(typeOfLetter(letter), y);
  }
  if (x.type === -TYPE.short) {
    const number = wholeNumber(x);
    return number < 0 ? tok(-number, y) : castTo(number, y);
  }
  if (x.type !== -TYPE.symbol) throw new KError("type");
  const name = x.value as string;
  if (name === "") return toSymbols(y);
  if (PARTS.includes(name as Part)) return partOf(name as Part, y);
  return castTo(TYPE_NAMES.indexOf(name), y);
}

/** A type for each item. */
function castEach(x: K, y: K): K {
  const types = itemsOf(x);
  if (isAtom(y)) return gather(types.map((type) => dollar(type, y)));
  const items = itemsOf(y);
  if (items.length !== types.length) throw new KError("length");
  return gather(types.map((type, i) => dollar(type, items[i]!)));
}

/** Strings become symbols. */
export function toSymbols(x: K): K {
  if (x instanceof Symbols || (isAtom(x) && x.type === -TYPE.symbol)) return x;
  if (x instanceof Vector) claim(x.count + ATOM_BYTES);
  const text = k.text(x);
  if (text !== undefined) return k.symbol(x instanceof Vector ? text.trimEnd() : text);
  if (x instanceof List) return x.count === 0 ? k.symbols([]) : gather(x.items.map(toSymbols));
  if (x instanceof Dict) return new Dict(x.keys, toSymbols(x.values));
  throw new KError("type");
}

export function castTo(type: number, x: K): K {
  if (type <= 0 || typeOfLetter(LETTERS[type] ?? " ") < 0) throw new KError("type");
  if (type === TYPE.symbol) return toSymbols(x);
  return castAtomic(type)(x);
}

const casts = new Map<number, (x: K) => K>();
function castAtomic(type: number): (x: K) => K {
  let cast = casts.get(type);
  if (cast === undefined) {
    const kernel = atomicOne((x) => castSimple(type, x));
    cast = (x) => (x instanceof List && x.count === 0 ? k.vector(type, []) : kernel(x));
    casts.set(type, cast);
  }
  return cast;
}

function castSimple(type: number, x: Simple): K {
  const from = Math.abs(x.type);
  if (from === type) return x;
  if (from === TYPE.symbol || from === TYPE.guid || type === TYPE.guid) throw new KError("type");
  const convert = converter(from, type);
  if (isAtom(x)) {
    const value = typeof x.value === "boolean" ? Number(x.value) : (x.value as number | bigint);
    return asK(type, convert(value));
  }
  return asK(
    type,
    map(k.items(x as Vector) as ArrayLike<number>, (n) => allocate(type, n), convert as never) as Items,
  );
}

type Convert = (value: number | bigint) => number | bigint;

/** A number's value in another type: nulls and infinities keep their meaning, floats round to the nearest. */
function converter(from: number, to: number): Convert {
  const nothing = from === TYPE.char ? undefined : NULL_OF[from];
  const most = INFINITY_OF[from];
  const toNull = to === TYPE.char ? 32 : ((NULL_OF[to] as number | bigint | undefined) ?? 0);
  const toMost = INFINITY_OF[to];
  const change = temporalChange(from, to);
  if (to === TYPE.boolean) return (value) => Number(Number(value) !== 0);
  return (value) => {
    if (value === nothing || Number.isNaN(value)) return toNull;
    if (most !== undefined && toMost !== undefined && change === undefined) {
      if (value === most) return toMost;
      if (value === -most) return -toMost;
    }
    const changed = change === undefined ? value : change(value);
    if (isFloating(to)) return Number(changed);
    const whole = typeof changed === "number" ? Math.floor(changed + 0.5) : changed;
    if (isBig(to)) {
      if (typeof whole === "bigint") return whole;
      return Number.isFinite(whole) && Math.abs(whole) < 2 ** 63 ? BigInt(whole) : LONG_NULL;
    }
    if (to === TYPE.byte || to === TYPE.char) return Number(BigInt(whole) & 255n);
    const number = Number(whole);
    if (to === TYPE.short) return Math.abs(number) < 2 ** 15 ? number : SHORT_NULL;
    return Math.abs(number) < 2 ** 31 ? number : INT_NULL;
  };
}

const floorBy = (x: bigint, y: bigint): bigint => (x >= 0n ? x / y : -((-x + y - 1n) / y));
const modBy = (x: bigint, y: bigint): bigint => x - y * floorBy(x, y);

/** How one temporal type reads as another; undefined where the number itself is taken over. */
function temporalChange(from: number, to: number): Convert | undefined {
  if (!isTemporal(from) || !isTemporal(to)) return undefined;
  if (isClock(from)) {
    if (!isClock(to)) throw new KError("type");
    return (value) => fromNanos(BigInt(value) * NANOS_OF[from]!, to);
  }
  if (from === TYPE.month && isClock(to)) throw new KError("type");
  return (value) => {
    const nanos = calendarNanos(value, from);
    if (isClock(to)) return fromNanos(modBy(nanos, NANOS_A_DAY), to);
    return fromCalendar(nanos, to);
  };
}

const fromNanos = (nanos: bigint, to: number): number | bigint =>
  isBig(to) ? nanos : Number(floorBy(nanos, NANOS_OF[to]!));

function calendarNanos(value: number | bigint, from: number): bigint {
  if (from === TYPE.timestamp) return BigInt(value);
  if (from === TYPE.date) return BigInt(value) * NANOS_A_DAY;
  if (from === TYPE.month) return BigInt(daysOfMonth(Number(value))) * NANOS_A_DAY;
  return BigInt(Math.round(Number(value) * MILLIS_A_DAY)) * 1_000_000n;
}

function fromCalendar(nanos: bigint, to: number): number | bigint {
  if (to === TYPE.timestamp) return nanos;
  if (to === TYPE.datetime) return Number(nanos) / Number(NANOS_A_DAY);
  const days = Number(floorBy(nanos, NANOS_A_DAY));
  return to === TYPE.date ? days : monthOfDay(days);
}

const dateOf = (days: number): Date => new Date(EPOCH_MILLIS + days * MILLIS_A_DAY);
/** The day that a month (since 2000.01) begins on. */
const daysOfMonth = (month: number): number =>
  (Date.UTC(2000 + Math.floor(month / 12), ((month % 12) + 12) % 12, 1) - EPOCH_MILLIS) / MILLIS_A_DAY;
const monthOfDay = (days: number): number => {
  const date = dateOf(days);
  return (date.getUTCFullYear() - 2000) * 12 + date.getUTCMonth();
};

function partOf(part: Part, x: K): K {
  if (part === "hh" || part === "uu" || part === "ss") {
    const [unit, range] = { hh: [3600n, 0n], uu: [60n, 60n], ss: [1n, 60n] }[part] as [bigint, bigint];
    return atomicOne((item) => {
      const nanos = castSimple(TYPE.timespan, item);
      return castSimple(
        TYPE.int,
        mapBig(nanos, (value) => {
          const count = floorBy(value, unit * 1_000_000_000n);
          return range === 0n ? count : modBy(count, range);
        }),
      );
    })(x);
  }
  return atomicOne((item) => {
    const days = castSimple(TYPE.date, item) as Atom | Vector;
    const read = (value: number): number => (value === INT_NULL ? value : datePart(part, value));
    if (isAtom(days)) return k.atom(part === "week" ? TYPE.date : TYPE.int, read(days.value as number));
    const source = k.items(days) as Int32Array;
    return k.vector(
      part === "week" ? TYPE.date : TYPE.int,
      places(source.length, (i) => read(source[i]!)),
    );
  })(x);
}

function mapBig(x: K, f: (value: bigint) => bigint): Simple {
  const read = (value: bigint): bigint => (value === LONG_NULL ? value : f(value));
  if (isAtom(x)) return k.long(read(x.value as bigint));
  const source = k.items(x as Vector) as BigInt64Array;
  const out = allocate(TYPE.long, source.length) as BigInt64Array;
  for (let i = 0; i < out.length; i++) out[i] = read(source[i]!);
  return k.longs(out);
}

function datePart(part: Part, days: number): number {
  const date = dateOf(days);
  if (part === "year") return date.getUTCFullYear();
  if (part === "mm") return date.getUTCMonth() + 1;
  if (part === "dd") return date.getUTCDate();
  // weeks begin on Monday; 2000.01.01 was a Saturday
  return days - ((((days + 5) % 7) + 7) % 7);
}

/** `10$"abc"` fills with blanks on the right, a negative width on the left. */
function pad(width: number, x: K): K {
  if (x instanceof List) return k.list(x.items.map((item) => pad(width, item)));
  if (x instanceof Dict) return new Dict(x.keys, pad(width, x.values));
  const bytes =
    x instanceof Vector && x.type === TYPE.char
      ? x.bytes
      : isAtom(x) && x.type === -TYPE.char
        ? Uint8Array.of(x.value as number)
        : undefined;
  if (bytes === undefined) throw new KError("type");
  const size = Math.abs(width);
  const out = allocate(TYPE.char, size) as Uint8Array;
  out.fill(0x20);
  if (width >= 0) out.set(bytes.subarray(0, size));
  else out.set(bytes.subarray(Math.max(0, bytes.length - size)), Math.max(0, size - bytes.length));
  return k.chars(out);
}

export const CAST: readonly Verb[] = [{ name: "$", two: dollar }];
