import * as k from "../../../protocol/make.js";
import { Dict, type K, KError, List, Table } from "../../../protocol/values.js";
import { longsOf, places } from "../values/arrays.js";
import type { Evaluation, Verb } from "../values/functions.js";
import { Finder } from "../values/match.js";
import { enlist, gather, isAtom, isKeyed, isVector, itemsOf, pick } from "../values/vectors.js";
import { join, take } from "../verbs/lists.js";
import { keyTable, unkey } from "../verbs/tables.js";

/** Adding rows: `insert`, `upsert`, and `,:` to a table. */

/**
 * New rows as a table with the columns of `table`: of a table or dictionary by name, of a list by place, either one value
 * a column or one list a column.
 * @throws KError 'length, 'mismatch, 'type
 */
function rowsFor(table: Table, x: K): Table {
  const { names } = table.columns;
  if (x instanceof Table || isKeyed(x)) {
    const given = unkey(x);
    if (given.columns.count !== names.length || names.some((name) => !given.columns.names.includes(name)))
      throw new KError("mismatch");
    return take(table.columns, given) as Table;
  }
  if (x instanceof Dict) return rowsFor(table, enlist(x));
  if (isAtom(x) && names.length > 1) throw new KError("length");
  const items = isAtom(x) ? [x] : itemsOf(x);
  if (items.length !== names.length) throw new KError("length");
  const isRow =
    items.some(isAtom) || names.some((_, i) => table.values.items[i] instanceof List && isVector(items[i]!));
  const columns = isRow ? items.map((item) => k.list([item])) : items;
  return k.table(names, columns);
}

/** A column with more items; those of a vector's own type, of a list any. @throws KError 'type */
function appended(column: K, items: K): K {
  const values = items instanceof List ? gather(items.items) : items;
  if (column instanceof List && column.count === 0) return values;
  if (column instanceof List) return k.list([...column.items, ...itemsOf(items)]);
  if (k.count(items) === 0) return column;
  if (values.type !== column.type) throw new KError("type");
  return join(column, values);
}

const appendRows = (table: Table, rows: Table): Table =>
  new Table(
    table.columns,
    k.list(table.values.items.map((column, i) => appended(column, rows.values.items[i]!))),
  );

/** Rows of which those with a key that is there replace the row. */
function merge(keyed: Dict & { keys: Table; values: Table }, rows: Table): K {
  const n = keyed.keys.columns.count;
  const all = appendRows(unkey(keyed), rows);
  const keys = (keyTable(n, all) as Dict).keys;
  const places = new Finder(keys).places(keys);
  // the last row of a key is the one that stays, in the place of the first
  const lasts = new Map<number, number>();
  places.forEach((place, row) => {
    lasts.set(place, row);
  });
  return keyTable(n, pick(all, [...lasts.values()]));
}

export function upsertInto(target: K, x: K): K {
  if (isKeyed(target)) return merge(target, rowsFor(unkey(target), x));
  if (!(target instanceof Table)) throw new KError("type");
  return appendRows(target, rowsFor(target, x));
}

function upsert(q: Evaluation, [x, y]: readonly K[]): K {
  if (!isAtom(x!)) return upsertInto(x!, y!);
  const name = nameOf(x);
  const target = q.variable(name);
  q.assign(name, target === undefined ? tableOf(y!) : upsertInto(target, y!));
  return x;
}

/** The rows' numbers. @throws KError 'insert where a key is there already */
function insert(q: Evaluation, [x, y]: readonly K[]): K {
  const name = nameOf(x!);
  const target = q.variable(name) ?? pick(tableOf(y!), []);
  const table = unkey(target);
  const rows = rowsFor(table, y!);
  const before = k.count(table);
  const count = k.count(rows);
  let result: K = appendRows(table, rows);
  if (isKeyed(target)) {
    result = keyTable(target.keys.columns.count, result);
    const { keys } = result as Dict;
    if (new Finder(keys).places(keys).some((place, row) => place !== row)) throw new KError("insert");
  }
  q.assign(name, result);
  return longsOf(places(count, (i) => before + i));
}

function nameOf(x: K): string {
  if (!isAtom(x) || typeof x.value !== "string") throw new KError("type");
  return x.value;
}

/** What a name that is not there yet becomes. */
function tableOf(x: K): K {
  if (x instanceof Table || isKeyed(x)) return x;
  if (x instanceof Dict) return enlist(x);
  throw new KError("type");
}

export const INSERT: readonly Verb[] = [
  { name: "insert", infix: true, act: insert, counts: [2] },
  { name: "upsert", infix: true, act: upsert, counts: [2] },
];
