import * as k from "../../../protocol/make.js";
import { Dict, Func, type K, KError, List, Symbols, Table, TYPE, Vector } from "../../../protocol/values.js";
import { bareText, functionText } from "../text/format.js";
import { claim } from "../values/budget.js";
import { type Evaluation, PAUSE, type Run, type Verb } from "../values/functions.js";
import {
  gather,
  isAtom,
  isVector,
  itemsOf,
  textArgument,
  wholeNumber,
  wholeNumbers,
} from "../values/vectors.js";

/** Text: `string`, letter case, trimming, patterns, and `vs` and `sv`, which also take numbers apart. */

export function string(x: K): K {
  if (isAtom(x)) {
    const bare = x.type === -TYPE.char ? undefined : bareText(-x.type, x.value, 7);
    return k.chars(bare ?? Uint8Array.of(x.value as number));
  }
  if (x instanceof Func) return k.chars(functionText(x));
  if (x instanceof Dict) return new Dict(x.keys, string(x.values));
  if (x instanceof Table) return new Table(x.columns, k.list(x.values.items.map(string)));
  claim(k.count(x) * 96);
  return k.list(itemsOf(x).map(string));
}

/** A change of text for strings, symbols, and lists of them. */
function textual(change: (text: string) => string): (x: K) => K {
  const apply = (x: K): K => {
    if (x instanceof Symbols) return k.symbols(x.names.map(change));
    if (isAtom(x) && x.type === -TYPE.symbol) return k.symbol(change(x.value as string));
    if (isAtom(x) && x.type === -TYPE.char) return k.char(k.chars(change(textArgument(x))).bytes[0] ?? 32);
    if (x instanceof Vector && x.type === TYPE.char) return k.chars(change(textArgument(x)));
    if (x instanceof List) return gather(x.items.map(apply));
    if (x instanceof Dict) return new Dict(x.keys, apply(x.values));
    if (x instanceof Table) return new Table(x.columns, k.list(x.values.items.map(apply)));
    throw new KError("type");
  };
  return apply;
}

const dropStart = (text: string): string => text.replace(/^ +/, "");

/** Without the blanks at the end; a pattern would look at every run of blanks again and again. */
function dropEnd(text: string): string {
  let end = text.length;
  while (text[end - 1] === " ") end--;
  return text.slice(0, end);
}

/** Trims characters of strings, not of symbols. */
function trimming(change: (text: string) => string): (x: K) => K {
  const apply = (x: K): K => {
    if (x instanceof Vector && x.type === TYPE.char) return k.chars(change(textArgument(x)));
    if (x instanceof List) return k.list(x.items.map(apply));
    if (x instanceof Dict) return new Dict(x.keys, apply(x.values));
    if (isAtom(x) && x.type === -TYPE.char) return x;
    throw new KError("type");
  };
  return apply;
}

/** The ASCII letters alone change case, as in q. */
const lower = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
const upper = (text: string): string => text.replace(/[a-z]/g, (letter) => letter.toUpperCase());

type Piece = "any" | { readonly set: string; readonly negated: boolean };

/** One entry per character of a pattern: `?`, `[abc]`, `[^a-z]`, the character itself; `*` is null. */
function pieces(pattern: string): (Piece | null)[] {
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
    if (item instanceof Symbols) return k.booleans(item.names.map((name) => isLike(name, pattern)));
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
    const here = pattern.every((piece, j) => fits(piece!, text[i + j]!));
    if (here) found.push(i);
    i += here ? pattern.length : 1;
  }
  return found;
}

const ss = (x: K, y: K): K => k.longs(places(textArgument(x), pieces(textArgument(y))));

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
    const parts = text.split(literal);
    claim(text.length + parts.length * replacement.length);
    return k.chars(parts.join(replacement));
  }
  let [result, from] = ["", 0];
  for (const place of places(text, pattern)) {
    result += text.slice(from, place) + replacement;
    from = place + pattern.length;
    claim(replacement.length);
  }
  return k.chars(result + text.slice(from));
}

/** `x vs y`: text at a separator, names at dots, numbers into digits of a base. */
function vs(x: K, y: K): K {
  if (isAtom(x) && x.type === -TYPE.symbol) {
    if (isAtom(y) && y.type === -TYPE.symbol) return k.symbols((y.value as string).split("."));
    return k.list(
      textArgument(y)
        .split(/\r?\n/)
        .map((line) => k.chars(line)),
    );
  }
  const separator = k.text(x);
  if (separator !== undefined)
    return k.list(
      textArgument(y)
        .split(separator)
        .map((part) => k.chars(part)),
    );
  if (x.type === -TYPE.byte) return digitsOf(y, 256, (digits) => k.bytes(digits));
  if (x.type === -TYPE.boolean) return digitsOf(y, 2, (digits) => k.booleans(digits));
  if (isAtom(x)) return gather(inBase(wholeNumber(x), wholeNumber(y)).map(k.long));
  let rest = wholeNumber(y);
  const digits = wholeNumbers(x)
    .reverse()
    .map((base) => {
      const digit = base === 0 ? rest : ((rest % base) + base) % base;
      rest = base === 0 ? 0 : Math.floor(rest / base);
      return digit;
    });
  return k.longs(digits.reverse());
}

function inBase(base: number, value: number): number[] {
  if (base < 2 || value < 0) throw new KError("domain");
  const digits: number[] = [];
  for (let rest = value; rest > 0; rest = Math.floor(rest / base)) digits.unshift(rest % base);
  return digits.length === 0 ? [0] : digits;
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
    if (y instanceof Symbols) return k.symbol(y.names.join("."));
    return k.chars(
      itemsOf(y)
        .map((line) => `${textArgument(line)}\n`)
        .join(""),
    );
  }
  const separator = k.text(x);
  if (separator !== undefined) return k.chars(itemsOf(y).map(textArgument).join(separator));
  if (x.type === -TYPE.byte || x.type === -TYPE.boolean)
    return fromDigits(y, x.type === -TYPE.byte ? 256n : 2n);
  const digits = wholeNumbers(y);
  if (isAtom(x)) return k.long(digits.reduce((value, digit) => value * wholeNumber(x) + digit, 0));
  const bases = wholeNumbers(x);
  if (bases.length !== digits.length) throw new KError("length");
  return k.long(digits.reduce((value, digit, i) => value * bases[i]! + digit, 0));
}

function fromDigits(y: K, base: bigint): K {
  if (!isVector(y)) throw new KError("type");
  const bits = base === 256n ? y.count * 8 : y.count;
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
  { name: "lower", one: textual(lower) },
  { name: "upper", one: textual(upper) },
  { name: "trim", one: trimming((text) => dropEnd(dropStart(text))) },
  { name: "ltrim", one: trimming(dropStart) },
  { name: "rtrim", one: trimming(dropEnd) },
  { name: "like", infix: true, two: like },
  { name: "ss", infix: true, two: ss },
  { name: "ssr", run: replaceBy, counts: [3] },
  { name: "vs", infix: true, two: vs },
  { name: "sv", infix: true, two: sv },
  { name: ".Q.f", two: (x, y) => k.chars(decimals(y, wholeNumber(x))) },
  {
    name: ".Q.fmt",
    three: (x, y, z) => {
      const text = decimals(z, wholeNumber(y));
      const width = Math.max(0, wholeNumber(x));
      claim(width);
      return k.chars(text.length > width ? "*".repeat(width) : text.padStart(width));
    },
  },
];
