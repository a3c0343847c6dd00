import * as k from "../../../protocol/make.js";
import { Atom, Dict, type K, KError, List, Symbols, Table, TYPE, Vector } from "../../../protocol/values.js";
import type { Verb } from "../values/functions.js";
import { allocate, isAtom, isKeyed, itemsOf, pick, symbolsOf } from "../values/vectors.js";
import { take } from "./lists.js";
import { unkey } from "./tables.js";

/** Order: nulls first; of different types, by type number; lists item by item. */

/** Negative where x comes before y, 0 where they are equal. */
export function order(x: K, y: K): number {
  if (x instanceof Atom && y instanceof Atom) return orderAtoms(x, y);
  if (x instanceof Atom !== y instanceof Atom) return x instanceof Atom ? -1 : 1;
  const [a, b] = [itemsOf(x), itemsOf(y)];
  for (let i = 0; i < a.length && i < b.length; i++) {
    const found = order(a[i]!, b[i]!);
    if (found !== 0) return found;
  }
  return a.length - b.length;
}

function orderAtoms(x: Atom, y: Atom): number {
  if (x.type !== y.type && !(isNumeric(x) && isNumeric(y))) return y.type - x.type;
  const [a, b] = [x.value, y.value];
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b);
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(b)) - Number(Number.isNaN(a));
  return a === b ? 0 : a < b ? -1 : 1;
}

const isNumeric = (x: Atom): boolean =>
  x.type <= -TYPE.boolean && x.type >= -TYPE.float && x.type !== -TYPE.guid;

/** The places of the items in ascending (or descending) order; equal items keep theirs. */
export function grade(x: K, descending: boolean): Int32Array {
  const n = k.count(x);
  const places = Int32Array.from({ length: n }, (_, i) => i);
  const by = comparator(x);
  return places.sort(descending ? (i, j) => by(j, i) || i - j : (i, j) => by(i, j) || i - j);
}

function comparator(x: K): (i: number, j: number) => number {
  if (x instanceof Symbols) {
    const { names } = x;
    return (i, j) => (names[i]! < names[j]! ? -1 : names[i]! > names[j]! ? 1 : 0);
  }
  if (x instanceof Vector && x.type !== TYPE.guid) {
    const values = k.items(x) as ArrayLike<number | bigint>;
    return (i, j) => {
      const [a, b] = [values[i]!, values[j]!];
      if (a < b) return -1;
      if (a > b) return 1;
      return Number(Number.isNaN(b)) - Number(Number.isNaN(a));
    };
  }
  const items = itemsOf(x);
  return (i, j) => order(items[i]!, items[j]!);
}

const longs = (places: Int32Array): K => k.longs(BigInt64Array.from(places, BigInt));

const graded =
  (descending: boolean) =>
  (x: K): K => {
    if (isAtom(x)) throw new KError("type");
    if (x instanceof Dict) return pick(x.keys, grade(x.values, descending));
    return longs(grade(x, descending));
  };

const sorted =
  (descending: boolean) =>
  (x: K): K => {
    if (isAtom(x)) throw new KError("rank");
    if (x instanceof Dict && !isKeyed(x)) {
      const places = grade(x.values, descending);
      return new Dict(pick(x.keys, places), pick(x.values, places));
    }
    const result =
      x instanceof Vector && x.type !== TYPE.guid ? sortItems(x, descending) : pick(x, grade(x, descending));
    if (descending || result instanceof List || result instanceof Table || result instanceof Dict)
      return result;
    return result instanceof Symbols
      ? new Symbols(result.count, result.names, 1)
      : sortedVector(result as Vector);
  };

/** A vector's items in order, nulls (NaNs too) as the smallest. */
function sortItems(x: Vector, descending: boolean): Vector {
  const source = k.items(x);
  const out = allocate(x.type, source.length);
  out.set(source as never);
  out.sort();
  if (out instanceof Float64Array || out instanceof Float32Array) {
    let nulls = 0;
    while (nulls < out.length && Number.isNaN(out[out.length - 1 - nulls])) nulls++;
    out.copyWithin(nulls, 0, out.length - nulls);
    out.fill(Number.NaN, 0, nulls);
  }
  if (descending) out.reverse();
  return k.vector(x.type, out) as Vector;
}

const sortedVector = (x: Vector): Vector => new Vector(x.type, x.bytes, 1);

function rank(x: K): K {
  if (isAtom(x)) throw new KError("type");
  const places = grade(x, false);
  const out = new Int32Array(places.length);
  places.forEach((place, i) => {
    out[place] = i;
  });
  return longs(out);
}

/** Rows in the order of columns, the first named first. */
const sortRows =
  (descending: boolean) =>
  (x: K, y: K): K => {
    const columns = take(k.symbols(symbolsOf(x)), unkey(y)) as Table;
    const places =
      symbolsOf(x).length === 1 ? grade(columns.values.items[0]!, descending) : grade(columns, descending);
    return pick(y, places);
  };

export const SORT: readonly Verb[] = [
  { name: "asc", one: sorted(false) },
  { name: "desc", one: sorted(true) },
  { name: "iasc", one: graded(false) },
  { name: "idesc", one: graded(true) },
  { name: "<", one: graded(false) },
  { name: ">", one: graded(true) },
  { name: "rank", one: rank },
  { name: "xasc", infix: true, two: sortRows(false) },
  { name: "xdesc", infix: true, two: sortRows(true) },
];
