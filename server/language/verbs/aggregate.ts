import * as k from "../../../protocol/make.js";
import { INFINITY_OF, INT_NULL, isBig, isFloating, LONG_NULL, TYPE } from "../../../protocol/types.js";
import { Atom, Dict, type K, KError, List, Symbols, Table, Vector } from "../../../protocol/values.js";
import { allocate, itemsFrom, placesWhere, repeat } from "../values/arrays.js";
import { Primitive, type Verb } from "../values/functions.js";
import { asK, isTrue, toBigs, toFloats, toInts } from "../values/numbers.js";
import { bool, gather, itemsOf, nullOf } from "../values/vectors.js";
import { add, divide, maximum, minimum, multiply } from "./arithmetic.js";

/** Many values to one. */

/** What an aggregate is made of. A vector is folded in place; lists, dictionaries and tables fold item by item. */
interface Fold {
  readonly two: (x: K, y: K) => K;
  readonly float: (x: number, y: number) => number;
  readonly long: (x: bigint, y: bigint) => bigint;
  /** The value of no items at all, of a type. */
  readonly empty: (type: number) => K;
  /** Whether small integers and booleans widen to int. */
  readonly widens: boolean;
}

const isNumeric = (type: number) => type !== TYPE.symbol && type !== TYPE.guid && type !== TYPE.list;

/** Nulls do not count. */
function fold({ two, float, long, empty, widens }: Fold): (x: K) => K {
  const ofVector = (x: Vector): K => {
    if (!isNumeric(x.type)) throw new KError("type");
    const type = widens && x.type < TYPE.int ? TYPE.int : x.type;
    if (x.count === 0) return empty(type);
    if (isFloating(type)) {
      const values = toFloats(x, type) as Float64Array;
      let total = Number.NaN;
      for (const value of values)
        if (!Number.isNaN(value)) total = !Number.isNaN(total) ? float(total, value) : value;
      return asK(type, Number.isNaN(total) && widens ? 0 : total);
    }
    if (isBig(type)) {
      let total = LONG_NULL;
      for (const value of toBigs(x, type) as BigInt64Array) {
        if (value !== LONG_NULL) total = total === LONG_NULL ? value : BigInt.asIntN(64, long(total, value));
      }
      return asK(type, total === LONG_NULL && widens ? 0n : total);
    }
    let total = Number.NaN;
    for (const value of toInts(x, type) as Int32Array) {
      if (value !== INT_NULL) total = !Number.isNaN(total) ? float(total, value) : value;
    }
    return !Number.isNaN(total)
      ? asK(type, widens ? total | 0 : total)
      : widens
        ? asK(type, 0)
        : nullOf(type);
  };
  const apply = (x: K): K => {
    if (x instanceof Atom) return x;
    if (x instanceof Vector) return ofVector(x);
    if (x instanceof Symbols) throw new KError("type");
    if (x instanceof Table) return new Dict(x.columns, gather(x.values.items.map(apply)));
    const items = itemsOf(x);
    if (x instanceof Dict && !(x.values instanceof Table || x.values instanceof List)) return apply(x.values);
    if (items.length === 0) return empty(TYPE.long);
    return items.reduce(two);
  };
  return apply;
}

const zeroOf = (type: number) => asK(type, isBig(type) ? 0n : 0);
const edge = (sign: 1 | -1) => (type: number) => {
  const most = INFINITY_OF[type];
  return most === undefined ? nullOf(type) : asK(type, sign > 0 ? most : -most);
};

export const sum = fold({
  two: add,
  float: (x, y) => x + y,
  long: (x, y) => x + y,
  empty: zeroOf,
  widens: true,
});
const prd = fold({
  two: multiply,
  float: (x, y) => x * y,
  long: (x, y) => x * y,
  empty: (type) => asK(type, isBig(type) ? 1n : 1),
  widens: true,
});
export const max = fold({
  two: maximum,
  float: Math.max,
  long: (x, y) => (x > y ? x : y),
  empty: edge(-1),
  widens: false,
});
export const min = fold({
  two: minimum,
  float: Math.min,
  long: (x, y) => (x < y ? x : y),
  empty: edge(1),
  widens: false,
});

const isNullItem = (value: number): boolean => Number.isNaN(value);

/** The values at the places that a test holds for. */
function picked(values: Float64Array, holds: (i: number) => boolean): Float64Array {
  const places = placesWhere(values.length, holds);
  const out = allocate(TYPE.float, places.length) as Float64Array;
  for (let i = 0; i < out.length; i++) out[i] = values[places[i]!]!;
  return out;
}

/** Numbers of a vector without the nulls; of an atom itself. */
function present(x: K): Float64Array {
  if (!(x instanceof Atom || x instanceof Vector)) {
    if (x instanceof List && x.count === 0) return new Float64Array(0);
    throw new KError("type");
  }
  const values = toFloats(x);
  if (typeof values === "number") return Float64Array.of(values);
  return values.some(isNullItem) ? picked(values, (i) => !Number.isNaN(values[i])) : values;
}

/** An aggregate of the numbers of a vector; of a matrix per column, of a dictionary over its values. */
function statistic(f: (values: Float64Array) => number): (x: K) => K {
  const apply = (x: K): K => {
    if (x instanceof Table) return new Dict(x.columns, gather(x.values.items.map(apply)));
    if (x instanceof Dict) return apply(x.values);
    if (x instanceof List && x.count > 0 && x.items.every((item) => item instanceof Vector)) {
      const n = k.count(x.items[0]!);
      if (x.items.some((item) => k.count(item) !== n)) throw new KError("length");
      return gather(itemsFrom(n, (i) => apply(gather(x.items.map((item) => k.at(item, i))))));
    }
    return k.float(f(present(x)));
  };
  return apply;
}

const total = (values: Float64Array): number => {
  let result = 0;
  for (const value of values) result += value;
  return result;
};
const mean = (values: Float64Array): number => total(values) / values.length;
const variance = (values: Float64Array): number => {
  const centre = mean(values);
  return mean(values.map((value) => (value - centre) ** 2));
};
const sampleVariance = (values: Float64Array): number =>
  values.length < 2 ? Number.NaN : (variance(values) * values.length) / (values.length - 1);
const median = (values: Float64Array): number => {
  const sorted = values.slice().sort();
  const n = sorted.length;
  return n === 0 ? Number.NaN : (sorted[(n - 1) >> 1]! + sorted[n >> 1]!) / 2;
};

export const avg = statistic(mean);

/** Pairs of numbers of which neither is null. */
function paired(x: K, y: K): [Float64Array, Float64Array] {
  if (!(x instanceof Vector && y instanceof Vector)) throw new KError("type");
  const [a, b] = [toFloats(x) as Float64Array, toFloats(y) as Float64Array];
  if (a.length !== b.length) throw new KError("length");
  const both = (i: number) => !Number.isNaN(a[i]) && !Number.isNaN(b[i]);
  return [picked(a, both), picked(b, both)];
}

const covariance = ([x, y]: [Float64Array, Float64Array]): number =>
  mean(x.map((value, i) => value * y[i]!)) - mean(x) * mean(y);

/** The sum of products, and that of the weights; of lists item by item. */
const weighted = (x: K, y: K): { total: K; weight: K } => {
  const weights =
    x instanceof Atom && !(y instanceof Atom) ? repeat(k.float(Number(x.value)), k.count(y)) : x;
  if (y instanceof List) return { total: sum(multiply(weights, y)), weight: sum(weights) };
  const [a, b] = paired(weights, y);
  return { total: k.float(total(a.map((value, i) => value * b[i]!))), weight: k.float(total(a)) };
};

const truth = (x: K): readonly K[] => {
  if (x instanceof Symbols) throw new KError("type");
  return itemsOf(x);
};

/** `all` and `any`: of a list of lists, item by item. */
function logical(name: "every" | "some", two: (x: K, y: K) => K): (x: K) => K {
  const apply = (x: K): K => {
    if (x instanceof Table) return new Dict(x.columns, gather(x.values.items.map(apply)));
    const items = truth(x);
    if (items.some((item) => !(item instanceof Atom))) return items.reduce(two);
    return bool(items[name](isTrue));
  };
  return apply;
}

const cross = (f: (pair: [Float64Array, Float64Array]) => number) => (x: K, y: K) => k.float(f(paired(x, y)));

export const AGGREGATE: readonly Verb[] = [
  { name: "sum", one: sum },
  { name: "prd", one: prd },
  { name: "max", one: max },
  { name: "min", one: min },
  { name: "avg", one: avg },
  { name: "med", one: statistic(median) },
  { name: "var", one: statistic(variance) },
  { name: "dev", one: statistic((x) => Math.sqrt(variance(x))) },
  { name: "svar", one: statistic(sampleVariance) },
  { name: "sdev", one: statistic((x) => Math.sqrt(sampleVariance(x))) },
  { name: "cov", infix: true, two: cross(covariance) },
  {
    name: "cor",
    infix: true,
    two: cross((pair) => covariance(pair) / Math.sqrt(variance(pair[0]) * variance(pair[1]))),
  },
  { name: "wsum", infix: true, two: (x, y) => weighted(x, y).total },
  {
    name: "wavg",
    infix: true,
    two: (x, y) => {
      const { total: all, weight } = weighted(x, y);
      return divide(all, weight);
    },
  },
  { name: "all", one: logical("every", minimum) },
  { name: "any", one: logical("some", maximum) },
];

const FOLDS: Readonly<Record<string, (x: K) => K>> = { "+": sum, "*": prd, "|": max, "&": min };

/** The fold of a plain vector by an operator that has one ready, so that `+/x` is not done item by item. */
export function foldOf(f: K, x: K): K | undefined {
  if (!(f instanceof Primitive) || f.monadic || !(x instanceof Vector) || x.count === 0) return undefined;
  return FOLDS[f.verb.name]?.(x);
}
