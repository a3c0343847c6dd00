/**
 * A slow, obvious writer of k messages, which shares nothing with the production one but the value classes: each
 * byte is pushed by itself. Expected bytes come from here or from hex literals.
 */
import {
  Atom,
  Dict,
  Func,
  type K,
  type KError,
  List,
  Symbols,
  Table,
  Vector,
} from "../../protocol/values.js";

export type Order = "little" | "big";

const WIDTHS: Record<number, number> = {
  1: 1,
  2: 16,
  4: 1,
  5: 2,
  6: 4,
  7: 8,
  8: 4,
  9: 8,
  10: 1,
  12: 8,
  13: 4,
  14: 4,
  15: 8,
  16: 8,
  17: 4,
  18: 4,
  19: 4,
};

/** A whole number in `width` bytes. */
export function whole(value: bigint | number, width: number, order: Order): number[] {
  let rest = BigInt.asUintN(8 * width, BigInt(value));
  const out: number[] = [];
  for (let i = 0; i < width; i++) {
    out.push(Number(rest % 256n));
    rest /= 256n;
  }
  return order === "little" ? out : out.reverse();
}

function floating(value: number, width: number, order: Order): number[] {
  const b = Buffer.alloc(width);
  if (Number.isNaN(value)) return whole(width === 8 ? 0x7ff8000000000000n : 0x7fc00000n, width, order);
  if (width === 8) b.writeDoubleBE(value);
  else b.writeFloatBE(value);
  return order === "little" ? [...b].reverse() : [...b];
}

/** UTF-8, with U+DC80..U+DCFF for single bytes. */
export function letters(text: string): number[] {
  const out: number[] = [];
  for (const letter of text) {
    const code = letter.codePointAt(0)!;
    if (code >= 0xdc80 && code <= 0xdcff) out.push(code - 0xdc00);
    else if (code < 0x80) out.push(code);
    else if (code < 0x800) out.push(0xc0 + (code >> 6), 0x80 + (code & 63));
    else if (code < 0x10000) out.push(0xe0 + (code >> 12), 0x80 + ((code >> 6) & 63), 0x80 + (code & 63));
    else {
      out.push(0xf0 + (code >> 18), 0x80 + ((code >> 12) & 63));
      out.push(0x80 + ((code >> 6) & 63), 0x80 + (code & 63));
    }
  }
  return out;
}

/** The items of a vector, each turned round for big-endian; guids are in text order always. */
function itemBytes(x: Vector, order: Order): number[] {
  const width = WIDTHS[x.type]!;
  if (order === "little" || width === 16) return [...x.bytes];
  const out: number[] = [];
  for (let i = 0; i < x.bytes.length; i += width) out.push(...[...x.bytes.slice(i, i + width)].reverse());
  return out;
}

function atom(x: Atom, order: Order): number[] {
  const type = -x.type;
  if (type === 11) return [...letters(x.value as string), 0];
  if (type === 2) return [...(x.value as Uint8Array)];
  if (type === 8 || type === 9 || type === 15) return floating(x.value as number, WIDTHS[type]!, order);
  return whole(
    x.value === true ? 1 : x.value === false ? 0 : (x.value as number | bigint),
    WIDTHS[type]!,
    order,
  );
}

export function build(x: K | KError, order: Order = "little"): number[] {
  const count = (n: number) => whole(n, 4, order);
  if (x instanceof Atom) return [256 + x.type, ...atom(x, order)];
  if (x instanceof Vector) {
    const items = itemBytes(x, order);
    return [x.type, x.attr, ...count(items.length / WIDTHS[x.type]!), ...items];
  }
  if (x instanceof Symbols) {
    const out = [11, x.attr, ...count(x.names.length)];
    for (const name of x.names) out.push(...letters(name), 0);
    return out;
  }
  if (x instanceof List) {
    return [0, x.attr, ...count(x.items.length)].concat(...x.items.map((item) => build(item, order)));
  }
  if (x instanceof Dict) return [x.type, ...build(x.keys, order), ...build(x.values, order)];
  if (x instanceof Table) return [98, x.attr, 99, ...build(x.columns, order), ...build(x.values, order)];
  if (x instanceof Func) return [x.type, ...x.body];
  return [128, ...letters(x.message), 0];
}

/** A whole message. */
export function buildMessage(x: K | KError, kind: number, order: Order = "little"): Uint8Array {
  const object = build(x, order);
  return frame(object, kind, order);
}

export function frame(object: readonly number[] | Uint8Array, kind = 1, order: Order = "little"): Uint8Array {
  const total = whole(object.length + 8, 4, order);
  return Uint8Array.from([order === "little" ? 1 : 0, kind, 0, 0, ...total, ...object]);
}
