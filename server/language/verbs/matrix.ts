import * as k from "../../../protocol/make.js";
import { TYPE } from "../../../protocol/types.js";
import { type K, KError, List, Vector } from "../../../protocol/values.js";
import { allocate, itemsFrom, listOf } from "../values/arrays.js";
import { work } from "../values/budget.js";
import type { Verb } from "../values/functions.js";
import { gather, itemsOf } from "../values/vectors.js";
import { sum } from "./aggregate.js";
import { add, multiply } from "./arithmetic.js";
import { flip } from "./lists.js";

/** `mmu`, which is also `$` of vectors and matrices. */

/** A list of vectors of one floating type and length. */
interface Matrix {
  readonly type: number;
  readonly rows: readonly (Float64Array | Float32Array)[];
  readonly width: number;
}

function asMatrix(x: K): Matrix | undefined {
  const first = x instanceof List && x.count > 0 ? x.items[0] : undefined;
  if (!(first instanceof Vector) || (first.type !== TYPE.float && first.type !== TYPE.real)) return undefined;
  const { items } = x as List;
  const { type, count: width } = first;
  if (!items.every((row) => row instanceof Vector && row.type === type && row.count === width))
    return undefined;
  return { type, rows: itemsFrom(items.length, (i) => k.items(items[i] as Vector) as Float64Array), width };
}

/** The sum of products, each rounded to a real where that is the type; nulls do not count. */
function dot(x: ArrayLike<number>, y: ArrayLike<number>, reals: boolean): number {
  let total = x.length === 0 ? 0 : x[0]! * y[0]!;
  for (let i = 1; i < x.length; i++) total += x[i]! * y[i]!;
  return reals || Number.isNaN(total) ? carefully(x, y, reals) : total;
}

function carefully(x: ArrayLike<number>, y: ArrayLike<number>, reals: boolean): number {
  let total = Number.NaN;
  for (let i = 0; i < x.length; i++) {
    const product = reals ? Math.fround(x[i]! * y[i]!) : x[i]! * y[i]!;
    if (!Number.isNaN(product)) total = Number.isNaN(total) ? product : total + product;
  }
  return Number.isNaN(total) ? 0 : total;
}

function product(x: Matrix, y: Matrix): K {
  if (x.width !== y.rows.length) throw new KError("length");
  const type = Math.max(x.type, y.type);
  const columns = itemsFrom(y.width, (j) => {
    const column = allocate(TYPE.float, x.width) as Float64Array;
    for (let i = 0; i < x.width; i++) column[i] = y.rows[i]![j]!;
    return column;
  });
  return listOf(x.rows.length, (i) => {
    const row = allocate(type, y.width) as Float64Array;
    for (let j = 0; j < y.width; j++) {
      work(x.width);
      row[j] = dot(x.rows[i]!, columns[j]!, type === TYPE.real);
    }
    return k.vector(type, row);
  });
}

/** Whether a list is one of matrices, or deeper. */
const isDeep = (x: K): x is List =>
  x instanceof List && x.items[0] instanceof List && isSequence(x.items[0].items[0]);
const isSequence = (x: K | undefined): boolean => x instanceof Vector || x instanceof List;

export function matrixProduct(x: K, y: K): K {
  // of two lists of matrices each is multiplied by its counterpart
  if (isDeep(x) && isDeep(y)) {
    if (x.count !== y.count) throw new KError("length");
    return listOf(x.count, (i) => matrixProduct(x.items[i]!, y.items[i]!));
  }
  const [left, right] = [asMatrix(x), asMatrix(y)];
  if (left !== undefined && right !== undefined) return product(left, right);
  if (x instanceof Vector && y instanceof Vector) return sum(multiply(x, y));
  if (x instanceof Vector) {
    const rows = itemsOf(y);
    if (rows.length !== x.count || x.count === 0) throw new KError("length");
    return itemsOf(x)
      .map((item, i) => multiply(item, rows[i]!))
      .reduce(add);
  }
  if (!(x instanceof List)) throw new KError("type");
  if (y instanceof Vector) return gather(x.items.map((row) => matrixProduct(row, y)));
  const columns = itemsOf(flip(y));
  return k.list(x.items.map((row) => gather(columns.map((column) => matrixProduct(row, column)))));
}

export const MATRIX: readonly Verb[] = [{ name: "mmu", infix: true, two: matrixProduct }];
