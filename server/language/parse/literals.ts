import {
  EPOCH_MILLIS,
  isBig,
  MILLIS_A_DAY,
  NANOS_A_DAY,
  NANOS_OF,
  TYPE,
  typeOfLetter,
} from "../../../protocol/types.js";

/**
 * Numbers and temporals as q writes them, one word at a time. `tok` ("D"$"2024.01.01") reads through the same
 * readers, so a literal and its text agree.
 */

/** What a word holds: a number in the unit of its type, or a null or infinity that fits any type. */
export interface Word {
  /** Type number; 0 where the word leaves it open (`0N`, `0W`, and plain integers). */
  readonly type: number;
  readonly value: bigint | number | "null" | "infinity" | "-infinity";
}

/** No number or temporal is written longer than this; what follows may then look at every character more than once. */
export const LONGEST_WORD = 400;

const INTEGER = /^-?\d+$/;
const FLOAT = /^-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/;
const DATE = /^(\d{4})\.(\d\d)\.(\d\d)$/;
const MONTH = /^(\d{4})\.(\d\d)$/;
const CLOCK = /^(\d+):(\d\d)(?::(\d\d)(?:\.(\d{0,9}))?)?$/;

/** Days since 2000.01.01, or undefined where the calendar has no such day. */
export function readDate(text: string): number | undefined {
  const [, year, month, day] = DATE.exec(text) ?? [];
  if (day === undefined) return undefined;
  const millis = Date.UTC(Number(year), Number(month) - 1, Number(day));
  const date = new Date(millis);
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return undefined;
  return (millis - EPOCH_MILLIS) / MILLIS_A_DAY;
}

/** Months since 2000.01. */
export function readMonth(text: string): number | undefined {
  const [, year, month] = MONTH.exec(text) ?? [];
  if (month === undefined || Number(month) < 1 || Number(month) > 12) return undefined;
  return (Number(year) - 2000) * 12 + Number(month) - 1;
}

interface Clock {
  readonly nanos: bigint;
  /** How finely it is written: minute, second, time or timespan. */
  readonly type: number;
}

/** `hh:mm`, `hh:mm:ss`, `hh:mm:ss.mmm`, and with more digits a timespan. */
export function readClock(text: string): Clock | undefined {
  const [, hours, minutes, seconds, fraction] = CLOCK.exec(text) ?? [];
  if (minutes === undefined || Number(minutes) > 59 || Number(seconds ?? 0) > 59) return undefined;
  const whole = BigInt(hours!) * 3600n + BigInt(minutes) * 60n + BigInt(seconds ?? 0);
  const nanos = whole * 1_000_000_000n + BigInt((fraction ?? "").padEnd(9, "0"));
  if (seconds === undefined) return { nanos, type: TYPE.minute };
  if (fraction === undefined) return { nanos, type: TYPE.second };
  return { nanos, type: fraction.length > 3 ? TYPE.timespan : TYPE.time };
}

/** Nanoseconds of what stands behind a `D`: nothing, hours, or a clock. */
function readTail(text: string): bigint | undefined {
  if (text === "") return 0n;
  if (/^\d\d?$/.test(text)) return BigInt(text) * 3_600_000_000_000n;
  return readClock(text)?.nanos;
}

/** Nanoseconds since 2000.01.01 of `2024.01.01D12:00`. */
export function readTimestamp(text: string): bigint | undefined {
  const cut = text.indexOf("D");
  const day = readDate(cut < 0 ? text : text.slice(0, cut));
  const tail = readTail(cut < 0 ? "" : text.slice(cut + 1));
  return day === undefined || tail === undefined ? undefined : BigInt(day) * NANOS_A_DAY + tail;
}

/** Days, with fraction, since 2000.01.01 of `2024.01.01T12:00`. */
export function readDatetime(text: string): number | undefined {
  const cut = text.indexOf("T");
  const day = readDate(cut < 0 ? text : text.slice(0, cut));
  const tail = readTail(cut < 0 ? "" : text.slice(cut + 1));
  if (day === undefined || tail === undefined) return undefined;
  return day + Number(tail / 1_000_000n) / MILLIS_A_DAY;
}

/** Nanoseconds of `2D03:04`. */
export function readTimespan(text: string): bigint | undefined {
  const [, days, rest] = /^(\d+)D(.*)$/.exec(text) ?? [];
  const tail = rest === undefined ? undefined : readTail(rest);
  return tail === undefined ? undefined : BigInt(days!) * NANOS_A_DAY + tail;
}

/** What one nanosecond count is in a clock type's own unit. */
export function clockValue(clock: Clock, type: number): bigint | number {
  const value = clock.nanos / NANOS_OF[type]!;
  return isBig(type) ? value : Number(value);
}

/** Letters that an integer may end in; `b`, `e` and `f` read differently. */
const INTEGER_SUFFIX = "hijpmdznuvt";

/** One word of a number literal, or undefined where q has no such literal. */
export function readWord(text: string): Word | undefined {
  if (text.length > LONGEST_WORD) return undefined;
  const special = /^(-?)0([NnWw])([a-z]?)$/.exec(text);
  if (special !== null) return readSpecial(special[1] === "-", special[2]!, special[3]!);
  if (INTEGER.test(text)) return { type: 0, value: BigInt(text) };
  if (FLOAT.test(text)) return { type: TYPE.float, value: Number(text) };
  const body = text.slice(0, -1);
  const suffix = text.at(-1)!;
  if (INTEGER_SUFFIX.includes(suffix) && INTEGER.test(body)) {
    const type = typeOfLetter(suffix);
    return { type, value: isBig(type) ? BigInt(body) : Number(body) };
  }
  if (suffix === "e" && FLOAT.test(body)) return { type: TYPE.real, value: Math.fround(Number(body)) };
  if (suffix === "f" && FLOAT.test(body)) return { type: TYPE.float, value: Number(body) };
  return readTemporal(text, suffix, body);
}

function readSpecial(negative: boolean, letter: string, suffix: string): Word | undefined {
  const lower = letter === "n" || letter === "w";
  const type = suffix === "" ? (lower ? TYPE.float : 0) : typeOfLetter(suffix);
  const isNull = letter === "N" || letter === "n";
  if (type < 0 || (isNull && negative)) return undefined;
  if (isNull) return { type, value: "null" };
  return { type, value: negative ? "-infinity" : "infinity" };
}

function readTemporal(text: string, suffix: string, body: string): Word | undefined {
  const sign = text.startsWith("-") ? -1 : 1;
  const unsigned = sign < 0 ? text.slice(1) : text;
  const signed = (type: number, value: bigint | number | undefined): Word | undefined =>
    value === undefined
      ? undefined
      : { type, value: typeof value === "bigint" ? value * BigInt(sign) : value * sign };
  if (suffix === "m" && sign > 0) return signed(TYPE.month, readMonth(body));
  if (DATE.test(unsigned)) return sign < 0 ? undefined : signed(TYPE.date, readDate(unsigned));
  if (unsigned.includes("T")) return sign < 0 ? undefined : signed(TYPE.datetime, readDatetime(unsigned));
  if (/^\d{4}\./.test(unsigned))
    return sign < 0 ? undefined : signed(TYPE.timestamp, readTimestamp(unsigned));
  if (unsigned.includes("D")) return signed(TYPE.timespan, readTimespan(unsigned));
  const lettered = /[nuvt]$/.test(unsigned);
  const clock = readClock(lettered ? unsigned.slice(0, -1) : unsigned);
  if (clock === undefined) return undefined;
  const type = lettered ? typeOfLetter(unsigned.at(-1)!) : clock.type;
  return signed(type, clockValue(clock, type));
}
