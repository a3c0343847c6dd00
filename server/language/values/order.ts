import * as k from "../../../protocol/make.js";
import { TYPE } from "../../../protocol/types.js";
import { Atom, type K, Symbols, Vector } from "../../../protocol/values.js";
import { places } from "./arrays.js";
import { work } from "./budget.js";
import { itemsOf } from "./vectors.js";

/** Order: nulls first; of different types, by type number; lists item by item. */

/** What a comparison costs, in items of a simple loop. */
const COMPARISON = 2;

/** Negative where x comes before y, 0 where they are equal. */
export function order(x: K, y: K): number {
  work(COMPARISON);
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
  const by = comparator(x);
  return places(n, (i) => i).sort(descending ? (i, j) => by(j, i) || i - j : (i, j) => by(i, j) || i - j);
}

function comparator(x: K): (i: number, j: number) => number {
  if (x instanceof Symbols) {
    const { names } = x;
    return (i, j) => {
      work(COMPARISON);
      return names[i]! < names[j]! ? -1 : names[i]! > names[j]! ? 1 : 0;
    };
  }
  if (x instanceof Vector && x.type !== TYPE.guid) {
    const values = k.items(x) as ArrayLike<number | bigint>;
    return (i, j) => {
      work(COMPARISON);
      const [a, b] = [values[i]!, values[j]!];
      if (a < b) return -1;
      if (a > b) return 1;
      return Number(Number.isNaN(b)) - Number(Number.isNaN(a));
    };
  }
  const items = itemsOf(x);
  return (i, j) => order(items[i]!, items[j]!);
}
