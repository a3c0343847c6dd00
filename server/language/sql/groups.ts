import { type K, KError } from "../../../protocol/values.js";
import { places } from "../values/arrays.js";
import { claim } from "../values/budget.js";
import { Finder } from "../values/match.js";
import { grade } from "../values/order.js";
import { pick, slice } from "../values/vectors.js";

/** Rows in groups of equal keys. */
export interface Groups {
  readonly count: number;
  /** The key columns, one item a group. */
  readonly keys: readonly K[];
  /** The rows, those of the first group first, each group's in their order. */
  readonly rows: Int32Array;
  /** Where each group begins in `rows`, and the end of the last. */
  readonly starts: Int32Array;
}

/**
 * @param columns the keys' columns, each of `n` items
 * @param ascending whether groups are in the order of their keys, or in that of their first rows
 */
export function groupBy(columns: readonly K[], n: number, ascending = true): Groups {
  if (columns.length === 0) throw new KError("length");
  claim(n * 16);
  let { ids, firsts } = identify(columns[0]!, n);
  for (const column of columns.slice(1)) ({ ids, firsts } = refine(ids, column, n));
  const found = columns.map((column) => pick(column, firsts));
  const order = ascending ? gradeAll(found, firsts.length) : places(firsts.length, (id) => id);
  const rank = new Int32Array(order.length);
  order.forEach((id, place) => {
    rank[id] = place;
  });
  const starts = new Int32Array(order.length + 1);
  for (let i = 0; i < n; i++) starts[rank[ids[i]!]! + 1]!++;
  for (let g = 0; g < order.length; g++) starts[g + 1]! += starts[g]!;
  const next = starts.slice();
  const rows = new Int32Array(n);
  for (let i = 0; i < n; i++) rows[next[rank[ids[i]!]!]!++] = i;
  return { count: order.length, keys: found.map((key) => pick(key, order)), rows, starts };
}

interface Ids {
  /** For each row a number of its key, from 0 in the order of first appearance. */
  readonly ids: Int32Array;
  /** The row in which each first appears. */
  readonly firsts: Int32Array;
}

function identify(column: K, n: number): Ids {
  const found = new Finder(column).places(column);
  const ids = new Int32Array(n);
  const firsts: number[] = [];
  // a row's place is that of its first equal, which has been numbered before it
  for (let i = 0; i < n; i++) {
    const place = found[i]!;
    if (place === i) ids[i] = firsts.push(i) - 1;
    else ids[i] = ids[place]!;
  }
  return { ids, firsts: Int32Array.from(firsts) };
}

function refine(ids: Int32Array, column: K, n: number): Ids {
  const other = identify(column, n);
  const width = other.firsts.length;
  const numbers = new Map<number, number>();
  const firsts: number[] = [];
  const out = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    const both = ids[i]! * width + other.ids[i]!;
    let number = numbers.get(both);
    if (number === undefined) {
      number = firsts.push(i) - 1;
      numbers.set(both, number);
    }
    out[i] = number;
  }
  return { ids: out, firsts: Int32Array.from(firsts) };
}

/** The ascending order of rows by several columns, the first of most weight. */
function gradeAll(columns: readonly K[], n: number): Int32Array {
  let order = places(n, (i) => i);
  for (const column of columns.toReversed()) {
    const next = grade(pick(column, order), false);
    order = next.map((place) => order[place]!);
  }
  return order;
}

/** A column's items group by group. */
export class Sliced {
  readonly #column: K;

  constructor(
    column: K,
    readonly groups: Groups,
  ) {
    this.#column = pick(column, groups.rows);
  }

  at(group: number): K {
    const { starts } = this.groups;
    return slice(this.#column, starts[group]!, starts[group + 1]!);
  }
}
