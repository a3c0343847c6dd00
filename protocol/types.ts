/** What is fixed about each of q's types: number, letter, name, width, null, infinity, unit; and the epoch. */

/** q's type numbers: a vector has the number itself, an atom its negative. */
export const TYPE = {
  list: 0,
  boolean: 1,
  guid: 2,
  byte: 4,
  short: 5,
  int: 6,
  long: 7,
  real: 8,
  float: 9,
  char: 10,
  symbol: 11,
  timestamp: 12,
  month: 13,
  date: 14,
  datetime: 15,
  timespan: 16,
  minute: 17,
  second: 18,
  time: 19,
  table: 98,
  dict: 99,
  lambda: 100,
  unary: 101,
  binary: 102,
  iterator: 103,
  projection: 104,
  composition: 105,
  sortedDict: 127,
  error: -128,
} as const;

/**
 * The value of an atom: boolean -> boolean; byte, short, int, char (its byte), real, float, month, date, datetime,
 * minute, second, time -> number; long, timestamp, timespan -> bigint; symbol -> string; guid -> 16 bytes.
 * Nulls and infinities are q's own bit patterns (`NULL_OF`, `INFINITY_OF`).
 */
export type AtomValue = boolean | number | bigint | string | Uint8Array;

/** The typed array that holds items of a type: BigInt64Array for 64-bit integers, Uint8Array for booleans, bytes, chars and guids. */
export type Items = Uint8Array | Int16Array | Int32Array | BigInt64Array | Float32Array | Float64Array;

export type ItemsConstructor =
  | Uint8ArrayConstructor
  | Int16ArrayConstructor
  | Int32ArrayConstructor
  | BigInt64ArrayConstructor
  | Float32ArrayConstructor
  | Float64ArrayConstructor;

export const SHORT_NULL = -(2 ** 15);
export const INT_NULL = -(2 ** 31);
export const LONG_NULL = -(2n ** 63n);
const INT_INFINITY = 2 ** 31 - 1;
export const LONG_INFINITY = 2n ** 63n - 1n;

/** 2000-01-01, q's epoch, in JavaScript's milliseconds. */
export const EPOCH_MILLIS = 946_684_800_000;
export const MILLIS_A_DAY = 86_400_000;
export const NANOS_A_DAY = 86_400_000_000_000n;

interface Row {
  readonly type: number;
  readonly letter: string;
  readonly name: string;
  /** Bytes per item; 0 where items have no fixed width. */
  readonly width: number;
  readonly array?: ItemsConstructor;
  readonly null?: AtomValue;
  readonly infinity?: number | bigint;
  /** Nanoseconds of one unit of a time or a span of it; months have no fixed length. */
  readonly nanos?: bigint;
  /** The capability that a peer needs for it; 0 where none is named. */
  readonly capability?: number;
}

const long = { width: 8, array: BigInt64Array, null: LONG_NULL, infinity: LONG_INFINITY };
const int = { width: 4, array: Int32Array, null: INT_NULL, infinity: INT_INFINITY };
const float = { width: 8, array: Float64Array, null: Number.NaN, infinity: Number.POSITIVE_INFINITY };
const ROWS: readonly Row[] = [
  { type: TYPE.boolean, letter: "b", name: "boolean", width: 1, array: Uint8Array },
  {
    type: TYPE.guid,
    letter: "g",
    name: "guid",
    width: 16,
    array: Uint8Array,
    null: new Uint8Array(16),
    capability: 3,
  },
  { type: TYPE.byte, letter: "x", name: "byte", width: 1, array: Uint8Array },
  {
    type: TYPE.short,
    letter: "h",
    name: "short",
    width: 2,
    array: Int16Array,
    null: SHORT_NULL,
    infinity: 2 ** 15 - 1,
  },
  { type: TYPE.int, letter: "i", name: "int", ...int },
  { type: TYPE.long, letter: "j", name: "long", ...long },
  { type: TYPE.real, letter: "e", name: "real", ...float, width: 4, array: Float32Array },
  { type: TYPE.float, letter: "f", name: "float", ...float },
  { type: TYPE.char, letter: "c", name: "char", width: 1, array: Uint8Array, null: 0x20 },
  { type: TYPE.symbol, letter: "s", name: "symbol", width: 0, null: "" },
  { type: TYPE.timestamp, letter: "p", name: "timestamp", ...long, nanos: 1n, capability: 1 },
  { type: TYPE.month, letter: "m", name: "month", ...int },
  { type: TYPE.date, letter: "d", name: "date", ...int, nanos: NANOS_A_DAY },
  { type: TYPE.datetime, letter: "z", name: "datetime", ...float, nanos: NANOS_A_DAY },
  { type: TYPE.timespan, letter: "n", name: "timespan", ...long, nanos: 1n, capability: 1 },
  { type: TYPE.minute, letter: "u", name: "minute", ...int, nanos: 60_000_000_000n },
  { type: TYPE.second, letter: "v", name: "second", ...int, nanos: 1_000_000_000n },
  { type: TYPE.time, letter: "t", name: "time", ...int, nanos: 1_000_000n },
];

/** A list by type number, 0 to 19, with `none` where there is no such row. */
const byType = <T>(of: (row: Row) => T, none: T): readonly T[] =>
  Array.from({ length: TYPE.time + 1 }, (_, type) => {
    const row = ROWS.find((candidate) => candidate.type === type);
    return row === undefined ? none : of(row);
  });

/** Letters of the types at their numbers, a space where there is none. */
export const LETTERS = byType((row) => row.letter, " ").join("");
/** Type number of a letter, or -1. */
export const typeOfLetter = (letter: string): number => (letter === " " ? -1 : LETTERS.indexOf(letter));

/** q's names of the types by number, empty where there is none. */
export const TYPE_NAMES = byType((row) => row.name, "");

/** Bytes per item of each vector type, 0 where items have no fixed width (list, symbol) or the type does not exist. */
export const WIDTH = byType((row) => row.width, 0);

/** By type number; undefined where a type has no items of fixed width. */
export const ARRAY_OF = byType((row) => row.array, undefined);

/** The null of each type by (positive) type number, as an atom's value; undefined where a type has none. */
export const NULL_OF = byType((row) => row.null, undefined);

/** The positive infinity of each type by (positive) type number; the negative one is its negation. */
export const INFINITY_OF = byType((row) => row.infinity, undefined);

/** Nanoseconds of one unit of each time type by type number; undefined for other types and for months. */
export const NANOS_OF = byType((row) => row.nanos, undefined);

/** The capability that a peer needs for each type, by type number. */
export const CAPABILITY = byType((row) => row.capability ?? 0, 0);

/** Whether items are 64-bit integers, which JavaScript has as bigint. */
export const isBig = (type: number): boolean => ARRAY_OF[type] === BigInt64Array;
export const isFloating = (type: number): boolean =>
  type === TYPE.real || type === TYPE.float || type === TYPE.datetime;
/** Byte, short, int or long. */
export const isInteger = (type: number): boolean => type >= TYPE.byte && type <= TYPE.long;
export const isTemporal = (type: number): boolean => type >= TYPE.timestamp && type <= TYPE.time;

/** The types of clock times, the coarsest first: values of two of them meet in the finer. */
const CLOCKS: readonly number[] = [TYPE.minute, TYPE.second, TYPE.time, TYPE.timespan];
export const isClock = (type: number): boolean => CLOCKS.includes(type);
export const finerClock = (x: number, y: number): number =>
  CLOCKS[Math.max(CLOCKS.indexOf(x), CLOCKS.indexOf(y))]!;
