import * as k from "../../../protocol/make.js";
import { isBig, isFloating, isInteger, LONG_NULL, TYPE } from "../../../protocol/types.js";
import { Atom, Dict, type K, KError, Symbols, Table, Vector } from "../../../protocol/values.js";
import { allocate, ITEM_BYTES } from "../values/arrays.js";
import { claim } from "../values/budget.js";
import type { Verb } from "../values/functions.js";
import { match } from "../values/match.js";
import { asK, toBigs, toFloats } from "../values/numbers.js";
import { bool, gather, itemAt, itemsOf, slice } from "../values/vectors.js";
import { add, divide, maximum, minimum, multiply, subtract } from "./arithmetic.js";
import { equal, not } from "./compare.js";
import { join } from "./lists.js";

/** Verbs whose items depend on those before: `sums` and its like, `deltas` and its like. */

interface Running {
  readonly two: (x: K, y: K) => K;
  readonly float: (x: number, y: number) => number;
  readonly long: (x: bigint, y: bigint) => bigint;
  /** What the first item gives. */
  readonly start: (x: K) => K;
}

/** Each item joined to all before it; nulls do not count. Longs and floats are worked out in place, others item by item. */
function running({ two, float, long, start }: Running): (x: K) => K {
  const ofFloats = (x: Vector): K => {
    const out = allocate(x.type, x.count) as Float64Array;
    const values = k.items(x) as Float64Array;
    let total = (start(itemAt(x, 0)) as Atom).value as number;
    for (let i = 0; i < out.length; i++) {
      const value = values[i]!;
      if (i > 0 && !Number.isNaN(value)) total = Number.isNaN(total) ? value : float(total, value);
      out[i] = total;
      total = out[i]!;
    }
    return k.vector(x.type, out);
  };
  const ofLongs = (x: Vector): K => {
    const out = allocate(x.type, x.count) as BigInt64Array;
    const values = toBigs(x, x.type) as BigInt64Array;
    let total = (start(itemAt(x, 0)) as Atom).value as bigint;
    for (let i = 0; i < out.length; i++) {
      const value = values[i]!;
      if (i > 0 && value !== LONG_NULL) total = total === LONG_NULL ? value : long(total, value);
      out[i] = total;
      total = out[i]!;
    }
    return k.longs(out);
  };
  const apply = (x: K): K => {
    if (x instanceof Atom) return x;
    if (x instanceof Symbols) throw new KError("type");
    if (x instanceof Dict) return new Dict(x.keys, apply(x.values));
    if (x instanceof Table) return new Table(x.columns, k.list(x.values.items.map(apply)));
    if (k.count(x) === 0) return x;
    if (x instanceof Vector && (x.type === TYPE.float || x.type === TYPE.real)) return ofFloats(x);
    if (x instanceof Vector && x.type === TYPE.long) return ofLongs(x);
    const results: K[] = [];
    for (const item of itemsOf(x)) {
      claim(ITEM_BYTES);
      const before = results.at(-1);
      if (before === undefined) results.push(start(item));
      else if (isNullNumber(item)) results.push(before);
      else results.push(isNullNumber(before) ? item : two(before, item));
    }
    return gather(results);
  };
  return apply;
}

const isNullNumber = (x: K): boolean =>
  x instanceof Atom &&
  x.type !== -TYPE.symbol &&
  x.type !== -TYPE.guid &&
  Number.isNaN(toFloats(x) as number);

const same = (x: K): K => x;
const widen = (x: K): K => add(x, k.atom(TYPE.int, 0));
const nothingForNull = (x: K): K => widen(isNullNumber(x) ? asK(-x.type, isBig(-x.type) ? 0n : 0) : x);

/**
 * Each item with the one before it, the first with `first`.
 * @param two for a vector's items, all at once
 * @param each for the items of a list
 */
function withPrevious(two: (x: K, y: K) => K, first: (x: K) => K, each = two): (x: K) => K {
  const apply = (x: K): K => {
    if (x instanceof Atom) return x;
    if (x instanceof Dict) return new Dict(x.keys, apply(x.values));
    const n = k.count(x);
    if (n === 0) return x;
    if (x instanceof Vector && n > 1 && (isInteger(x.type) || isFloating(x.type))) {
      const [start, rest] = [first(itemAt(x, 0)), two(slice(x, 1, n), slice(x, 0, n - 1))];
      if (start.type === -rest.type) return join(k.vector(rest.type, [(start as Atom).value]), rest);
    }
    const items = itemsOf(x);
    return gather(items.map((item, i) => (i === 0 ? first(item) : each(item, items[i - 1]!))));
  };
  return apply;
}

const averages = (x: K): K => {
  if (!(x instanceof Vector)) throw new KError("type");
  const values = toFloats(x) as Float64Array;
  const out = allocate(TYPE.float, values.length) as Float64Array;
  let [sumSoFar, count] = [0, 0];
  for (let i = 0; i < out.length; i++) {
    if (!Number.isNaN(values[i])) {
      sumSoFar += values[i]!;
      count++;
    }
    out[i] = sumSoFar / count;
  }
  return k.floats(out);
};

const greater = (x: bigint, y: bigint): bigint => (x > y ? x : y);
const lesser = (x: bigint, y: bigint): bigint => (x < y ? x : y);

export const RUNNING: readonly Verb[] = [
  {
    name: "sums",
    one: running({ two: add, float: (x, y) => x + y, long: (x, y) => x + y, start: nothingForNull }),
  },
  {
    name: "prds",
    one: running({
      two: multiply,
      float: (x, y) => x * y,
      long: (x, y) => x * y,
      start: (x) => (isFloating(-x.type) ? x : widen(x)),
    }),
  },
  { name: "maxs", one: running({ two: maximum, float: Math.max, long: greater, start: same }) },
  { name: "mins", one: running({ two: minimum, float: Math.min, long: lesser, start: same }) },
  { name: "avgs", one: averages },
  { name: "deltas", one: withPrevious(subtract, same) },
  { name: "ratios", one: withPrevious(divide, (x) => divide(x, k.float(1))) },
  {
    name: "differ",
    one: withPrevious(
      (x, y) => not(equal(x, y)),
      () => bool(true),
      (x, y) => bool(!match(x, y)),
    ),
  },
];
