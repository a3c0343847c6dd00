import * as k from "../../../protocol/make.js";
import {
  type AtomValue,
  EPOCH_MILLIS,
  INFINITY_OF,
  isTemporal,
  LETTERS,
  MILLIS_A_DAY,
  NANOS_A_DAY,
  NULL_OF,
  TYPE,
  TYPE_NAMES,
} from "../../../protocol/types.js";
import {
  Atom,
  Dict,
  type Func,
  isNull,
  type K,
  List,
  Symbols,
  Table,
  Vector,
} from "../../../protocol/values.js";
import { claim, PLACE_BYTES } from "../values/budget.js";
import { Composition, Derived, External, Lambda, Primitive, Projection } from "../values/functions.js";
import { BINARY, UNARY } from "../values/numbered.js";
import { ADVERBS, FIRST_DERIVED, madeOf, sourceOf } from "../values/received.js";
import { replaced } from "../values/replaced.js";

/** Values as text on one line, the way `-3!` and `.Q.s1` write them: text that q reads back. */

const two = (n: number | bigint): string => String(n).padStart(2, "0");

/** A number with so many significant digits (0 for 17), as C's %g writes it. */
export function floatText(x: number, precision: number): string {
  if (Number.isNaN(x)) return "0n";
  if (!Number.isFinite(x)) return x > 0 ? "0w" : "-0w";
  if (x === 0) return Object.is(x, -0) ? "-0" : "0";
  const digits = precision === 0 ? 17 : precision;
  const [mantissa, exponentText] = x.toExponential(digits - 1).split("e") as [string, string];
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= digits) {
    const size = two(Math.abs(exponent));
    return `${trimZeros(mantissa)}e${exponent < 0 ? "-" : "+"}${size}`;
  }
  return trimZeros(x.toFixed(Math.max(0, digits - 1 - exponent)));
}

const trimZeros = (text: string): string => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);

function clockText(seconds: bigint): string {
  return `${two(seconds / 3600n)}:${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}`;
}

function dateText(days: number): string {
  const date = new Date(EPOCH_MILLIS + days * MILLIS_A_DAY);
  const year = String(date.getUTCFullYear()).padStart(4, "0");
  return Number.isNaN(date.getTime())
    ? "0000.00.00"
    : `${year}.${two(date.getUTCMonth() + 1)}.${two(date.getUTCDate())}`;
}

function spanText(nanos: bigint): string {
  const size = nanos < 0n ? -nanos : nanos;
  const rest = size % NANOS_A_DAY;
  const fraction = String(rest % 1_000_000_000n).padStart(9, "0");
  return `${nanos < 0n ? "-" : ""}${size / NANOS_A_DAY}D${clockText(rest / 1_000_000_000n)}.${fraction}`;
}

function stampText(nanos: bigint): string {
  const days = nanos >= 0n ? nanos / NANOS_A_DAY : -((-nanos + NANOS_A_DAY - 1n) / NANOS_A_DAY);
  return dateText(Number(days)) + spanText(nanos - days * NANOS_A_DAY).replace(/^\d+/, "");
}

function monthText(months: number): string {
  const year = 2000 + Math.floor(months / 12);
  return `${String(year).padStart(4, "0")}.${two(months - Math.floor(months / 12) * 12 + 1)}`;
}

/** Clock times of a unit that counts so many in a second. */
function clockOf(value: number, perSecond: number): string {
  const size = Math.abs(value);
  const text = clockText(BigInt(Math.floor(size / perSecond)));
  const fraction = perSecond === 1000 ? `.${String(size % 1000).padStart(3, "0")}` : "";
  return (value < 0 ? "-" : "") + text + fraction;
}

function datetimeText(days: number): string {
  const millis = Math.round(days * MILLIS_A_DAY);
  const day = Math.floor(millis / MILLIS_A_DAY);
  return `${dateText(day)}T${clockOf(millis - day * MILLIS_A_DAY, 1000)}`;
}

export function guidText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/**
 * An atom's value without marks of its type: `1`, `2.5`, `abc`, `2000.01.01`.
 * @param nothing what a null reads as
 */
export function bareText(type: number, value: AtomValue, precision: number, nothing = `0N`): string {
  if (typeof value === "boolean") return value ? "1" : "0";
  if (typeof value === "string") return value;
  if (value instanceof Uint8Array) return guidText(value);
  if (type === TYPE.byte) return value.toString(16).padStart(2, "0");
  if (type === TYPE.char) return k.text(k.chars(Uint8Array.of(Number(value)))) ?? "";
  if (type === TYPE.boolean) return String(value);
  if (value === NULL_OF[type] || Number.isNaN(value))
    return type === TYPE.float && nothing === "0N" ? "0n" : nothing;
  const most = INFINITY_OF[type];
  if (most !== undefined && (value === most || value === -most)) {
    return `${value < 0 ? "-" : ""}${type === TYPE.float || type === TYPE.real ? "0w" : "0W"}`;
  }
  return typeof value === "bigint" ? bigText(type, value) : numberText(type, value, precision);
}

function bigText(type: number, value: bigint): string {
  if (type === TYPE.timestamp) return stampText(value);
  return type === TYPE.timespan ? spanText(value) : String(value);
}

function numberText(type: number, value: number, precision: number): string {
  switch (type) {
    case TYPE.real:
    case TYPE.float:
      return floatText(value, precision);
    case TYPE.month:
      return monthText(value);
    case TYPE.date:
      return dateText(value);
    case TYPE.datetime:
      return datetimeText(value);
    case TYPE.minute:
      return clockOf(value * 60, 1).slice(0, -3);
    case TYPE.second:
      return clockOf(value, 1);
    case TYPE.time:
      return clockOf(value, 1000);
    default:
      return String(value);
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

/** Chars between quotes, with escapes for what does not print. */
export const quoted = (text: string): string =>
  `"${replaced(text, /["\\\x00-\x1f\x7f]/g, ([char]) => {
    return ESCAPES[char] ?? `\\${char.charCodeAt(0).toString(8).padStart(3, "0")}`;
  })}"`;

/** The mark that follows an atom or vector of a type where its items alone do not tell it. */
function suffixOf(type: number, items: string): string {
  if (type === TYPE.float) return /[.enw]/.test(items) ? "" : "f";
  if (type === TYPE.real) return "e";
  if (type === TYPE.short) return "h";
  if (type === TYPE.int) return "i";
  if (type === TYPE.month) return "m";
  return "";
}

function atomText(x: Atom, precision: number): string {
  const type = -x.type;
  if (type === TYPE.symbol) return `\`${x.value as string}`;
  if (type === TYPE.char) return quoted(bareText(type, x.value, precision));
  const bare = bareText(type, x.value, precision);
  if (type === TYPE.boolean) return `${bare}b`;
  if (type === TYPE.byte) return `0x${bare}`;
  if (/^-?0[NW]$/.test(bare) && type !== TYPE.long) return bare + LETTERS[type];
  return bare + suffixOf(type, bare);
}

/** What V8 takes for a number's text among others. */
const WORD_BYTES = 64;

/** Writes a value piece by piece and stops soon after `limit` characters: nobody reads the rest. */
class Writer {
  #parts: string[] = [];
  #size = 0;

  constructor(
    readonly precision: number,
    readonly limit: number,
  ) {}

  get full(): boolean {
    return this.#size > this.limit;
  }

  put(text: string): this {
    claim(PLACE_BYTES + text.length);
    this.#parts.push(text);
    this.#size += text.length;
    return this;
  }

  toString(): string {
    return this.#parts.join("");
  }

  value(x: K): void {
    if (this.full) return;
    if (x instanceof Atom) this.put(atomText(x, this.precision));
    else if (x instanceof Vector) this.vector(x);
    else if (x instanceof Symbols) this.symbols(x);
    else if (x instanceof List) this.list(x);
    else if (x instanceof Table) this.table(x);
    else if (x instanceof Dict) {
      this.operand(x.keys);
      this.put("!").value(x.values);
    } else this.function(x);
  }

  /** The left side of `!`: in brackets where a comma or another `!` in front would catch the right side too. */
  operand(x: K): void {
    const wrapped = k.count(x) === 1 || x instanceof Dict || x instanceof Table || isEmptyTyped(x);
    if (wrapped) this.put("(");
    this.value(x);
    if (wrapped) this.put(")");
  }

  attribute(attr: number): void {
    if (attr > 0) this.put(`\`${"supg"[attr - 1]}#`);
  }

  vector(x: Vector): void {
    const { type, count } = x;
    this.attribute(x.attr);
    if (type === TYPE.char) {
      const shown = new Vector(type, x.bytes.subarray(0, this.limit + 1));
      this.put(`${count === 1 ? "," : ""}${quoted(k.text(shown)!)}`);
      return;
    }
    if (count === 0) {
      this.put(type === TYPE.byte ? "`byte$()" : `\`${TYPE_NAMES[type]}$()`);
      return;
    }
    if (count === 1) this.put(",");
    const items: string[] = [];
    claim(Math.min(count, this.limit) * WORD_BYTES);
    const separator = type === TYPE.boolean || type === TYPE.byte ? "" : " ";
    let size = 0;
    for (let i = 0; i < count && size <= this.limit; i++) {
      const item = bareText(type, (k.at(x, i) as Atom).value, this.precision);
      items.push(item);
      size += item.length + 1;
    }
    const text = items.join(separator);
    if (type === TYPE.boolean) this.put(`${text}b`);
    else if (type === TYPE.byte) this.put(`0x${text}`);
    else this.put(text + vectorSuffix(type, items, text));
  }

  symbols(x: Symbols): void {
    this.attribute(x.attr);
    if (x.count === 0) this.put("`symbol$()");
    if (x.count === 1) this.put(",");
    for (let i = 0; i < x.count && !this.full; i++) this.put(`\`${x.names[i]}`);
  }

  list(x: List): void {
    if (x.count === 1) {
      this.put(",").value(x.items[0]!);
      return;
    }
    this.put("(");
    for (let i = 0; i < x.count && !this.full; i++) {
      if (i > 0) this.put(";");
      this.value(x.items[i]!);
    }
    this.put(")");
  }

  table(x: Table): void {
    this.put("+");
    this.value(new Dict(x.columns, x.values));
  }

  function(x: Func): void {
    this.put(functionText(x, this.precision));
  }
}

const isEmptyTyped = (x: K): boolean =>
  (x instanceof Vector || x instanceof Symbols) && x.count === 0 && x.type !== TYPE.char;

function vectorSuffix(type: number, items: readonly string[], text: string): string {
  const special = items.every((item) => /^-?0[NW]$/.test(item));
  if (special && type !== TYPE.long) return LETTERS[type]!;
  if (isTemporal(type) && type !== TYPE.month) return /^-?0[NW]$/.test(items.at(-1)!) ? LETTERS[type]! : "";
  return suffixOf(type, text);
}

export function functionText(x: Func, precision = 7): string {
  if (isNull(x)) return "::";
  if (x instanceof Lambda) return x.code.source;
  if (x instanceof Primitive) return x.verb.name + (x.monadic && !x.verb.name.endsWith(":") ? ":" : "");
  if (x instanceof External) return x.name;
  if (x instanceof Derived) return valueText(x.target, precision, 1000) + x.adverb;
  if (x instanceof Composition)
    return `${valueText(x.outer, precision, 1000)}${valueText(x.inner, precision, 1000)}`;
  if (x instanceof Projection) {
    const args = x.args.map((arg) => (arg === undefined ? "" : valueText(arg, precision, 1000)));
    return `${valueText(x.target, precision, 1000)}[${args.join(";")}]`;
  }
  return receivedText(x, precision);
}

/** A function as it is sent: a lambda's own text, a primitive's name, what other functions are made of. */
function receivedText(x: Func, precision: number): string {
  const { type, body } = x;
  if (type === TYPE.lambda) return sourceOf(x).text;
  if (type <= TYPE.iterator) {
    const names = { [TYPE.unary]: UNARY, [TYPE.binary]: BINARY, [TYPE.iterator]: ADVERBS }[type] ?? [];
    return names[body[0] ?? 0] || `function of type ${type}`;
  }
  const parts = madeOf(x).map((part) => (part === undefined ? "" : valueText(part, precision, 1000)));
  if (type === TYPE.composition) return parts.join("");
  if (type > TYPE.composition) return parts[0]! + ADVERBS[type - FIRST_DERIVED]!;
  return `${parts[0]}[${parts.slice(1).join(";")}]`;
}

/** A value on one line, no longer than about `limit` characters. */
export function valueText(x: K, precision = 7, limit = Number.MAX_SAFE_INTEGER): string {
  const writer = new Writer(precision, limit);
  writer.value(x);
  return writer.toString();
}
