import * as k from "../../../protocol/make.js";
import { buffer } from "../../../protocol/text.js";
import { finerClock, isBig, isClock, isFloating, TYPE } from "../../../protocol/types.js";
import { type K, KError, Vector } from "../../../protocol/values.js";
import { allocate, itemsFrom } from "../values/arrays.js";
import { atomicOne, atomicTwo, type Simple } from "../values/atomic.js";
import { claim } from "../values/budget.js";
import type { Verb } from "../values/functions.js";
import { match, sameFloat } from "../values/match.js";
import { asK, ruleOf, toBigs, toFloats, WIDER, zip } from "../values/numbers.js";
import { bool, isAtom } from "../values/vectors.js";

/** Comparison: nulls are the smallest values and equal to each other; floats are equal within the tolerance. */

interface Comparison {
  readonly float: (x: number, y: number) => boolean;
  readonly long: (x: bigint, y: bigint) => boolean;
  readonly text: (order: number) => boolean;
}

const COMMON = ruleOf(WIDER);
/** What V8 takes for a text of 32 characters. */
const GUID_TEXT_BYTES = 56;
const booleans = (count: number) => allocate(TYPE.boolean, count);

function comparison({ float, long, text }: Comparison): (x: K, y: K) => K {
  return atomicTwo((x, y) => {
    const [a, b] = [Math.abs(x.type), Math.abs(y.type)];
    if (a === TYPE.symbol || b === TYPE.symbol || a === TYPE.guid || b === TYPE.guid) {
      if (a !== b) throw new KError("type");
      return texts(x, y, text);
    }
    const type = commonType(a, b);
    if (isBig(type) && !isFloating(a) && !isFloating(b)) {
      return asK(TYPE.boolean, zip(toBigs(x, type), toBigs(y, type), booleans, long as never));
    }
    return asK(TYPE.boolean, zip(toFloats(x, type), toFloats(y, type), booleans, float as never));
  });
}

/** Temporals compare in the finer unit; a date and a clock time have none in common. */
function commonType(x: number, y: number): number {
  if (isClock(x) && isClock(y)) return finerClock(x, y);
  if ((x === TYPE.timestamp || y === TYPE.timestamp) && (x === TYPE.date || y === TYPE.date))
    return TYPE.timestamp;
  return COMMON(x, y);
}

function texts(x: Simple, y: Simple, holds: (order: number) => boolean): K {
  const compare = (a: string, b: string): boolean => holds(a === b ? 0 : a < b ? -1 : 1);
  const [left, right] = [namesOf(x), namesOf(y)];
  if (typeof left === "string" && typeof right === "string") return bool(compare(left, right));
  const n = typeof left === "string" ? right.length : left.length;
  if (typeof left !== "string" && typeof right !== "string" && right.length !== n) throw new KError("length");
  const out = booleans(n);
  for (let i = 0; i < n; i++) {
    out[i] = Number(
      compare(typeof left === "string" ? left : left[i]!, typeof right === "string" ? right : right[i]!),
    );
  }
  return k.vector(TYPE.boolean, out);
}

/** Symbols as they are, guids as hexadecimal text, which orders as their bytes do. */
function namesOf(x: Simple): string | readonly string[] {
  if (isAtom(x))
    return typeof x.value === "string" ? x.value : Buffer.from(x.value as Uint8Array).toString("hex");
  if (!(x instanceof Vector)) return x.names;
  claim(x.count * GUID_TEXT_BYTES);
  return itemsFrom(x.count, (i) => buffer(x.bytes.subarray(i * 16, i * 16 + 16)).toString("hex"));
}

/** Null (NaN) before everything. */
const less = (x: number, y: number): boolean => (Number.isNaN(x) ? !Number.isNaN(y) : x < y);

export const equal = comparison({ float: sameFloat, long: (x, y) => x === y, text: (order) => order === 0 });
export const lessThan = comparison({ float: less, long: (x, y) => x < y, text: (order) => order < 0 });
export const greaterThan = comparison({
  float: (x, y) => less(y, x),
  long: (x, y) => x > y,
  text: (order) => order > 0,
});

/** True for zero of any type, as q's `not` has it. */
export const not = atomicOne((x) => {
  if (Math.abs(x.type) === TYPE.symbol || Math.abs(x.type) === TYPE.guid) throw new KError("type");
  return equal(x, ZERO_OF(Math.abs(x.type)));
});

const ZERO_OF = (type: number): K =>
  type === TYPE.char ? k.char(0) : k.atom(type, type === TYPE.boolean ? false : isBig(type) ? 0n : 0);

export const COMPARISON: readonly Verb[] = [
  { name: "=", two: equal },
  {
    name: "<>",
    two: comparison({
      float: (x, y) => !sameFloat(x, y),
      long: (x, y) => x !== y,
      text: (order) => order !== 0,
    }),
  },
  { name: "<", two: lessThan },
  { name: ">", two: greaterThan },
  {
    name: "<=",
    two: comparison({
      float: (x, y) => less(x, y) || sameFloat(x, y),
      long: (x, y) => x <= y,
      text: (order) => order <= 0,
    }),
  },
  {
    name: ">=",
    two: comparison({
      float: (x, y) => less(y, x) || sameFloat(x, y),
      long: (x, y) => x >= y,
      text: (order) => order >= 0,
    }),
  },
  { name: "~", two: (x, y) => bool(match(x, y)), one: not },
  { name: "not", one: not },
];
