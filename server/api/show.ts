/** A k value on one line, the way q's .Q.s1 shows it, for error texts that quote an argument. */
import {
  Atom,
  type AtomValue,
  Dict,
  isNull,
  type K,
  List,
  Symbols,
  Table,
  TYPE,
  Vector,
} from "../../protocol/values.js";
import { at, count, text } from "../../protocol/view.js";

/** Longer values are cut: an error names a value, it does not carry it. */
const LONGEST = 200;

export function show(x: K): string {
  const shown = whole(x, 0);
  return shown.length > LONGEST ? `${shown.slice(0, LONGEST)}..` : shown;
}

const SUFFIX: Readonly<Record<number, string>> = {
  [TYPE.boolean]: "b",
  [TYPE.short]: "h",
  [TYPE.int]: "i",
  [TYPE.real]: "e",
};

/** Items beyond these cannot be seen in the result. */
const ITEMS = 100;
const DEPTH = 20;

function whole(x: K, depth: number): string {
  if (depth > DEPTH) return "..";
  if (isNull(x)) return "::";
  if (x instanceof Atom) {
    if (x.type === -TYPE.char) return `"${text(x)}"`;
    if (x.type === -TYPE.float) return decimal(x.value as number);
    return bare(x.type, x.value) + (SUFFIX[-x.type] ?? "");
  }
  if (x instanceof Symbols) {
    return x.count === 0 ? "`$()" : (x.count === 1 ? "," : "") + x.names.map((name) => `\`${name}`).join("");
  }
  if (x instanceof Vector) return vector(x);
  if (x instanceof List) {
    if (x.count === 0) return "()";
    if (x.count === 1) return `,${whole(x.items[0]!, depth + 1)}`;
    return `(${x.items
      .slice(0, ITEMS)
      .map((item) => whole(item, depth + 1))
      .join(";")})`;
  }
  if (x instanceof Dict) return `${whole(x.keys, depth + 1)}!${whole(x.values, depth + 1)}`;
  if (x instanceof Table) return `+${whole(x.columns, depth + 1)}!${whole(x.values, depth + 1)}`;
  return "function";
}

const NAMES: Readonly<Record<number, string>> = {
  [TYPE.boolean]: "boolean",
  [TYPE.byte]: "byte",
  [TYPE.short]: "short",
  [TYPE.int]: "int",
  [TYPE.long]: "long",
  [TYPE.real]: "real",
  [TYPE.float]: "float",
};

function vector(x: Vector): string {
  if (x.type === TYPE.char) return `${x.count === 1 ? "," : ""}"${text(x)}"`;
  if (x.count === 0) return `\`${NAMES[x.type] ?? "long"}$()`;
  const shown: string[] = [];
  for (let i = 0; i < Math.min(count(x), ITEMS); i++) shown.push(bare(-x.type, (at(x, i) as Atom).value));
  const joined = shown.join(x.type === TYPE.boolean ? "" : " ");
  const suffix =
    x.type === TYPE.float ? (shown.some((item) => /[.en]/.test(item)) ? "" : "f") : SUFFIX[x.type];
  return (x.count === 1 ? "," : "") + joined + (suffix ?? "");
}

const LONG_NULL = -(2n ** 63n);

/** The value without the suffix of its type. */
function bare(type: number, value: AtomValue): string {
  if (type === -TYPE.symbol) return `\`${value}`;
  if (typeof value === "boolean") return value ? "1" : "0";
  if (value === LONG_NULL) return "0N";
  if (typeof value === "number" && (type === -TYPE.float || type === -TYPE.real)) {
    if (Number.isNaN(value)) return "0n";
    if (!Number.isFinite(value)) return value > 0 ? "0w" : "-0w";
    return String(Number(value.toPrecision(7)));
  }
  return String(value);
}

function decimal(value: number): string {
  const shown = bare(-TYPE.float, value);
  return /[.enw]/.test(shown) ? shown : `${shown}f`;
}
