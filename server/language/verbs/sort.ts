import * as k from "../../../protocol/make.js";
import { TYPE } from "../../../protocol/types.js";
import { Dict, type K, KError, List, Symbols, Table, Vector } from "../../../protocol/values.js";
import { allocate, longsOf } from "../values/arrays.js";
import type { Verb } from "../values/functions.js";
import { grade } from "../values/order.js";
import { isAtom, isKeyed, pick, symbolsOf } from "../values/vectors.js";
import { take } from "./lists.js";
import { unkey } from "./tables.js";

/** Sorting: by value, by rank, by columns. */

const graded =
  (descending: boolean) =>
  (x: K): K => {
    if (isAtom(x)) throw new KError("type");
    if (x instanceof Dict) return pick(x.keys, grade(x.values, descending));
    return longsOf(grade(x, descending));
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
  const order = grade(x, false);
  const out = order.slice();
  order.forEach((place, i) => {
    out[place] = i;
  });
  return longsOf(out);
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
