import * as k from "../../../protocol/make.js";
import { bytesOf, textOf } from "../../../protocol/text.js";
import { isInteger, LONG_NULL } from "../../../protocol/types.js";
import { Dict, Func, type K, KError, List, Symbols, Table, TYPE, Vector } from "../../../protocol/values.js";
import { bareText, functionText } from "../text/format.js";
import { allocate, flagsOf, itemsFrom, listOf, longsOf, symbols } from "../values/arrays.js";
import { claim, PLACE_BYTES, VECTOR_BYTES, work } from "../values/budget.js";
import { type Evaluation, PAUSE, type Run, type Verb } from "../values/functions.js";
import { toBigs } from "../values/numbers.js";
import {
  gather,
  isAtom,
  isVector,
  itemsOf,
  slice,
  textArgument,
  wholeNumber,
  wholeNumbers,
} from "../values/vectors.js";
import { add, multiply } from "./arithmetic.js";

/** Text: `string`, letter case, trimming, patterns, and `vs` and `sv`, which also take numbers apart. */

export function string(x: K): K {
  if (isAtom(x)) {
    const bare = x.type === -TYPE.char ? undefined : bareText(-x.type, x.value, 7);
    return k.chars(bare ?? Uint8Array.of(x.value as number));
  }
  if (x instanceof Func) return k.chars(functionText(x));
  if (x instanceof Dict) return new Dict(x.keys, string(x.values));
  if (x instanceof Table) return new Table(x.columns, k.list(x.values.items.map(string)));
  const items = itemsOf(x);
  return listOf(items.length, (i) => {
    claim(VECTOR_BYTES);
    return string(items[i]!);
  });
}

/** The letters of one case in the other, in strings, symbols, and lists of them. ASCII letters alone have one, as in q. */
function inCase(from: number, to: number): (x: K) => K {
  const byte = (x: number): number => (x >= from && x < from + 26 ? x - from + to : x);
  const name = (text: string): string => textOf(bytesOf(text).map(byte));
  const apply = (x: K): K => {
    if (x instanceof Symbols) return symbols(itemsFrom(x.count, (i) => name(x.names[i]!)));
    if (isAtom(x) && x.type === -TYPE.symbol) return k.symbol(name(x.value as string));
    if (isAtom(x) && x.type === -TYPE.char) return k.char(byte(x.value as number));
    if (x instanceof Vector && x.type === TYPE.char) {
      const out = allocate(TYPE.char, x.count) as Uint8Array;
      for (let i = 0; i < out.length; i++) out[i] = byte(x.bytes[i]!);
      return k.chars(out);
    }
    if (x instanceof List) return gather(x.items.map(apply));
    if (x instanceof Dict) return new Dict(x.keys, apply(x.values));
    if (x instanceof Table) return new Table(x.columns, k.list(x.values.items.map(apply)));
    throw new KError("type");
  };
  return apply;
}

const BLANK = 0x20;

/** Without the blanks at the start, at the end; of strings, not of symbols. */
function trimming(start: boolean, end: boolean): (x: K) => K {
  const apply = (x: K): K => {
    if (x instanceof Vector && x.type === TYPE.char) {
      let [from, to] = [0, x.count];
      while (start && from < to && x.bytes[from] === BLANK) from++;
      while (end && to > from && x.bytes[to - 1] === BLANK) to--;
      return slice(x, from, to);
    }
    if (x instanceof List) return k.list(x.items.map(apply));
    if (x instanceof Dict) return new Dict(x.keys, apply(x.values));
    if (isAtom(x) && x.type === -TYPE.char) return x;
    throw new KError("type");
  };
  return apply;
}

/** Characters. */
const LONGEST_PATTERN = 2 ** 16;

type Piece = "any" | { readonly set: string; readonly negated: boolean };

/** One entry per character of a pattern: `?`, `[abc]`, `[^a-z]`, the character itself; `*` is null. */
function pieces(pattern: string): (Piece | null)[] {
  if (pattern.length > LONGEST_PATTERN) throw new KError("limit");
  const found: (Piece | null)[] = [];
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i]!;
    const close = char === "[" ? pattern.indexOf("]", i + 2) : -1;
    if (char === "*") found.push(null);
    else if (char === "?") found.push("any");
    else if (close > 0) {
      const negated = pattern[i + 1] === "^";
      const body = pattern.slice(i + (negated ? 2 : 1), close);
      found.push({ set: spread(body), negated });
      i = close;
    } else found.push({ set: char, negated: false });
  }
  return found;
}

const spread = (set: string): string =>
  set.replace(/(.)-(.)/g, (_, from: string, to: string) => {
    const [low, high] = [from.charCodeAt(0), Math.min(to.charCodeAt(0), from.charCodeAt(0) + 255)];
    return String.fromCharCode(
      ...Array.from({ length: Math.max(0, high - low + 1) }, (_unused, i) => low + i),
    );
  });

const fits = (piece: Piece, char: string): boolean =>
  piece === "any" || piece.set.includes(char) !== piece.negated;

/** `like`. A `*` is tried again one character later where what follows does not fit, so the work is bounded by both lengths. */
export function isLike(text: string, pattern: readonly (Piece | null)[]): boolean {
  let [at, piece, star, resume] = [0, 0, -1, 0];
  while (at < text.length) {
    const wanted = pattern[piece];
    if (wanted === null) {
      star = piece++;
      resume = at;
    } else if (wanted !== undefined && fits(wanted, text[at]!)) {
      piece++;
      at++;
    } else if (star >= 0) {
      work(at - resume);
      piece = star + 1;
      at = ++resume;
    } else return false;
  }
  while (pattern[piece] === null) piece++;
  return piece === pattern.length;
}

function like(x: K, y: K): K {
  const pattern = pieces(textArgument(y));
  const check = (item: K): K => {
    if (item instanceof Symbols) return flagsOf(item.names, (name) => isLike(name, pattern));
    if (item instanceof List) return gather(item.items.map(check));
    if (item instanceof Dict) return new Dict(item.keys, check(item.values));
    const text = k.text(item);
    if (text === undefined) throw new KError("type");
    return k.boolean(isLike(text, pattern));
  };
  return check(x);
}

/** The places in text where a pattern of fixed length fits, none overlapping the one before. */
function places(text: string, pattern: readonly (Piece | null)[]): number[] {
  if (pattern.length === 0 || pattern.includes(null)) throw new KError("length");
  const found: number[] = [];
  for (let i = 0; i + pattern.length <= text.length; ) {
    let fit = 0;
    while (fit < pattern.length && fits(pattern[fit]!, text[i + fit]!)) fit++;
    work(fit);
    const here = fit === pattern.length;
    if (here) {
      claim(PLACE_BYTES);
      found.push(i);
    }
    i += here ? pattern.length : 1;
  }
  return found;
}

const ss = (x: K, y: K): K => longsOf(places(textArgument(x), pieces(textArgument(y))));

/** The text that a pattern stands for where it stands for one only. */
function literalText(pattern: readonly (Piece | null)[]): string | undefined {
  let text = "";
  for (const piece of pattern) {
    if (piece === null || piece === "any" || piece.negated || piece.set.length !== 1) return undefined;
    text += piece.set;
  }
  return text === "" ? undefined : text;
}

/** `ssr[x;y;f]`: what f makes of each piece of text that the pattern fits. */
function* replaceBy(q: Evaluation, [x, y, f]: readonly K[]): Run<K> {
  if (!(f instanceof Func)) return ssr(x!, y!, f!);
  const text = textArgument(x!);
  const pattern = pieces(textArgument(y!));
  let [result, from] = ["", 0];
  for (const place of places(text, pattern)) {
    if (q.step()) yield PAUSE;
    const found = text.slice(place, place + pattern.length);
    const replacement = textArgument(yield* q.apply(f, [k.chars(found)]));
    claim(replacement.length);
    result += text.slice(from, place) + replacement;
    from = place + pattern.length;
  }
  return k.chars(result + text.slice(from));
}

function ssr(x: K, y: K, z: K): K {
  const text = textArgument(x);
  const pattern = pieces(textArgument(y));
  const replacement = textArgument(z);
  const literal = literalText(pattern);
  if (literal !== undefined) {
    const parts = split(text, literal);
    claim(2 * (text.length + parts.length * replacement.length));
    return k.chars(parts.join(replacement));
  }
  let [result, from] = ["", 0];
  for (const place of places(text, pattern)) {
    result += text.slice(from, place) + replacement;
    from = place + pattern.length;
    claim(4 * replacement.length + PLACE_BYTES);
  }
  return k.chars(result + text.slice(from));
}

/** What stands between the separators. */
function split(text: string, separator: string): string[] {
  claim((text.length / Math.max(1, separator.length)) * PLACE_BYTES);
  return text.split(separator);
}

const strings = (texts: readonly string[]): K =>
  listOf(texts.length, (i) => {
    claim(VECTOR_BYTES);
    return k.chars(texts[i]!);
  });

/** `x vs y`: text at a separator, names at dots, numbers into digits of a base. */
function vs(x: K, y: K): K {
  if (isAtom(x) && x.type === -TYPE.symbol) {
    if (isAtom(y) && y.type === -TYPE.symbol) return k.symbols(split(y.value as string, "."));
    const lines = split(textArgument(y), "\n");
    const cut = (line: string, i: number): string =>
      i < lines.length - 1 && line.endsWith("\r") ? line.slice(0, -1) : line;
    return strings(lines.map(cut));
  }
  const separator = k.text(x);
  if (separator !== undefined) return strings(split(textArgument(y), separator));
  if (x.type === -TYPE.byte) return digitsOf(y, 256, (digits) => k.bytes(digits));
  if (x.type === -TYPE.boolean) return digitsOf(y, 2, (digits) => k.booleans(digits));
  const values = integersOf(y);
  const bases = isAtom(x) ? equalBases(integersOf(x)[0]!, values) : integersOf(x);
  const rows = digitRows(bases, values);
  return isAtom(y) ? k.longs(rows.map((row) => row[0]!)) : k.list(rows.map(k.longs));
}

/** Symbols as names of files, which begin with a colon. */
function hsym(x: K): K {
  const file = (name: string): string => (name.startsWith(":") ? name : `:${name}`);
  if (isAtom(x) && x.type === -TYPE.symbol) return k.symbol(file(x.value as string));
  if (x instanceof Symbols) return symbols(itemsFrom(x.count, (i) => file(x.names[i]!)));
  throw new KError("type");
}

/** Integers as bigints, nulls as the long's null. @throws KError 'type */
function integersOf(x: K): BigInt64Array {
  if (!(isAtom(x) || x instanceof Vector)) throw new KError("type");
  const type = Math.abs(x.type);
  if (!isInteger(type) && type !== TYPE.boolean) throw new KError("type");
  const values = toBigs(x, TYPE.long);
  return typeof values === "bigint" ? BigInt64Array.of(values) : values;
}

/** As many times the base as the longest number has digits in it. @throws KError 'domain */
function equalBases(base: bigint, values: BigInt64Array): bigint[] {
  let digits = 1;
  for (const value of values) {
    if (base < 2n || value < 0n) throw new KError("domain");
    let length = 0;
    for (let rest = value; rest > 0n; rest /= base) length++;
    digits = Math.max(digits, length);
  }
  return new Array(digits).fill(base);
}

/** For each base the digits of all values, the last base's the lowest; a base of 0 takes the rest. */
function digitRows(bases: ArrayLike<bigint>, values: BigInt64Array): BigInt64Array[] {
  const rest = allocate(TYPE.long, values.length) as BigInt64Array;
  rest.set(values);
  const rows = itemsFrom(bases.length, () => allocate(TYPE.long, values.length) as BigInt64Array);
  for (let row = bases.length - 1; row >= 0; row--) {
    const base = bases[row]!;
    work(values.length);
    for (let i = 0; i < values.length; i++) {
      const value = rest[i]!;
      if (value === LONG_NULL || base === LONG_NULL) rows[row]![i] = LONG_NULL;
      else {
        const digit = base === 0n ? value : ((value % base) + base) % base;
        rows[row]![i] = digit;
        rest[i] = base === 0n ? 0n : (value - digit) / base;
      }
    }
  }
  return rows;
}

/** The bytes or bits of an integer, the highest first. */
function digitsOf(y: K, base: number, make: (digits: number[]) => K): K {
  if (!isAtom(y) || y.type > -TYPE.byte || y.type < -TYPE.long) throw new KError("type");
  const bits = { [TYPE.byte]: 8, [TYPE.short]: 16, [TYPE.int]: 32 }[-y.type] ?? 64;
  const count = base === 2 ? bits : bits / 8;
  let rest = BigInt.asUintN(bits, BigInt(y.value as bigint | number));
  const digits: number[] = [];
  for (let i = 0; i < count; i++) {
    digits.unshift(Number(rest % BigInt(base)));
    rest /= BigInt(base);
  }
  return make(digits);
}

/** `x sv y`: the opposite of `vs`. */
function sv(x: K, y: K): K {
  if (isAtom(x) && x.type === -TYPE.symbol) {
    // a file's path has its parts between slashes
    if (y instanceof Symbols) return k.symbol(y.names.join(y.names[0]?.startsWith(":") ? "/" : "."));
    return k.chars(joined(y, "\n") + (k.count(y) > 0 ? "\n" : ""));
  }
  const separator = k.text(x);
  if (separator !== undefined) return k.chars(joined(y, separator));
  if (x.type === -TYPE.byte || x.type === -TYPE.boolean)
    return fromDigits(y, x.type === -TYPE.byte ? 256n : 2n);
  if (y instanceof List && y.count > 0) return columnsIn(x, y);
  const digits = wholeNumbers(y);
  const value = (base: (i: number) => number): K =>
    k.long(digits.reduce((sum, digit, i) => BigInt.asIntN(64, sum * BigInt(base(i)) + BigInt(digit)), 0n));
  if (isAtom(x)) {
    const base = wholeNumber(x);
    return value(() => base);
  }
  const bases = wholeNumbers(x);
  if (bases.length !== digits.length) throw new KError("length");
  return value((i) => bases[i]!);
}

/** Digits that are lists: a number for each column of them. */
function columnsIn(x: K, { items }: List): K {
  if (!isAtom(x) && k.count(x) !== items.length) throw new KError("length");
  return items.reduce((sum, digit, i) => add(multiply(isAtom(x) ? x : k.at(x, i), sum), digit));
}

function joined(y: K, separator: string): string {
  const items = itemsOf(y);
  const texts = itemsFrom(items.length, (i) => textArgument(items[i]!));
  claim(2 * texts.reduce((size, text) => size + text.length + separator.length, 0));
  return texts.join(separator);
}

function fromDigits(y: K, base: bigint): K {
  if (!isVector(y)) throw new KError("type");
  const bits = base === 256n ? y.count * 8 : y.count;
  if (bits > 64) throw new KError("length");
  const value = wholeNumbers(y).reduce((sum, digit) => sum * base + BigInt(digit), 0n);
  const type = { 8: TYPE.byte, 16: TYPE.short, 32: TYPE.int, 64: TYPE.long }[bits];
  if (type === undefined) throw new KError("length");
  const signed = BigInt.asIntN(bits, value);
  return k.atom(type, type === TYPE.long ? signed : type === TYPE.byte ? Number(value) : Number(signed));
}

/** `.Q.fmt[width;decimals;x]` and `.Q.f[decimals;x]`. */
const decimals = (x: K, places: number): string => {
  if (!isAtom(x) || typeof x.value === "string" || typeof x.value === "object") throw new KError("type");
  return Number(x.value).toFixed(Math.min(100, Math.max(0, places)));
};

export const STRINGS: readonly Verb[] = [
  { name: "string", one: string },
  { name: "$", one: string },
  { name: "lower", one: inCase(0x41, 0x61) },
  { name: "upper", one: inCase(0x61, 0x41) },
  { name: "trim", one: trimming(true, true) },
  { name: "ltrim", one: trimming(true, false) },
  { name: "rtrim", one: trimming(false, true) },
  { name: "like", infix: true, two: like },
  { name: "ss", infix: true, two: ss },
  { name: "ssr", run: replaceBy, counts: [3] },
  { name: "vs", infix: true, two: vs },
  { name: "hsym", one: hsym },
  { name: "sv", infix: true, two: sv },
  { name: ".Q.f", two: (x, y) => k.chars(decimals(y, wholeNumber(x))) },
  {
    name: ".Q.fmt",
    three: (x, y, z) => {
      const text = decimals(z, wholeNumber(y));
      const width = Math.max(0, wholeNumber(x));
      claim(2 * width);
      return k.chars(text.length > width ? "*".repeat(width) : text.padStart(width));
    },
  },
];
