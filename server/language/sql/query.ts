import * as k from "../../../protocol/make.js";
import { Dict, type K, KError, List, Symbols, Table, TYPE, Vector } from "../../../protocol/values.js";
import type { Column, Node, Query } from "../parse/nodes.js";
import { places as placesOf, placesWhere, repeat, symbols } from "../values/arrays.js";
import type { Evaluation, Frame, Run } from "../values/functions.js";
import { grade } from "../values/order.js";
import { emptyOf, enlist, gather, isAtom, isKeyed, isVector, itemsOf, pick } from "../values/vectors.js";
import { raze, sublist } from "../verbs/lists.js";
import { distinct } from "../verbs/search.js";
import { keyTable, unkey } from "../verbs/tables.js";
import { type Groups, groupBy } from "./groups.js";
import { Rows } from "./rows.js";

/** `select`, `exec`, `update` and `delete`, evaluated over a table. */

const nodesOf = (columns: readonly Column[]): Node[] => columns.map((column) => column.value);
const namesOf = (columns: readonly Column[]): Symbols => symbols(columns.map((column) => column.name));

/** @param frame the call in which the query stands */
export function* runQuery(q: Evaluation, query: Query, frame: Frame | undefined): Run<K> {
  const source = yield* q.evaluate(query.from, frame);
  return yield* queryOf(q, query, source, frame);
}

/**
 * @param source the table, or the name of one, which `update` and `delete` then change
 * @throws KError 'type for what is no table, and what the expressions throw
 */
export function* queryOf(q: Evaluation, query: Query, source: K, frame: Frame | undefined): Run<K> {
  const name = isAtom(source) && source.type === -TYPE.symbol ? (source.value as string) : undefined;
  if (query.word === "delete" && name !== undefined && isNamespace(q, name))
    return deleteNames(q, name, query);
  const value = name === undefined ? source : q.variable(name);
  if (value === undefined) throw new KError(name!);
  if (isColumns(value) && (query.word === "exec" || query.word === "update")) {
    const rows = yield* columnsAlone(q, query, value, frame);
    if (query.word === "exec") return yield* exec(query, rows);
    const { columns, values } = yield* update(query, rows, isWhole(query));
    const changed = new Dict(columns, gather(values.items));
    if (name === undefined) return changed;
    q.assign(name, changed);
    return source;
  }
  if (!(value instanceof Table || isKeyed(value))) throw new KError("type");
  const table = unkey(value);
  const keys = value instanceof Table ? 0 : value.keys.columns.count;
  const rows = yield* chosen(new Rows(q, table, frame), query);
  switch (query.word) {
    case "select":
      return yield* select(query, rows, keys);
    case "exec":
      return yield* exec(query, rows);
    default: {
      const changed = query.word === "update" ? yield* update(query, rows) : remove(query, rows);
      const result = keyTable(keys, changed);
      if (name === undefined) return result;
      q.assign(name, result);
      return source;
    }
  }
}

/** The rows for which all conditions hold. */
function* chosen(all: Rows, query: Query): Run<Rows> {
  let rows = all;
  for (const condition of query.where) rows = yield* rows.filtered(condition);
  return rows;
}

const isColumns = (x: K): x is Dict & { readonly keys: Symbols } =>
  x instanceof Dict && x.keys instanceof Symbols && !(x.values instanceof Table);

/** Whether a query takes all rows as one. */
const isWhole = ({ where, by }: Query): boolean => where.length === 0 && by === null;

/**
 * `exec` and `update` take a dictionary of names as well; what it holds need be columns of one length only to choose rows
 * or group.
 */
function* columnsAlone(
  q: Evaluation,
  query: Query,
  { keys, values }: Dict & { readonly keys: Symbols },
  frame: Frame | undefined,
): Run<Rows> {
  const items = itemsOf(values);
  const columns = k.list(isWhole(query) ? items : aligned(items));
  return yield* chosen(new Rows(q, new Table(keys, columns), frame), query);
}

const isNamespace = (q: Evaluation, name: string): boolean =>
  name === "." ||
  (name.startsWith(".") && !(q.variable(name) instanceof Table) && !isKeyed(q.variable(name) ?? k.NULL));

function deleteNames(q: Evaluation, namespace: string, { columns }: Query): K {
  for (const { name } of columns) q.forget(namespace === "." ? name : `${namespace}.${name}`);
  return k.symbol(namespace);
}

function* select(query: Query, filtered: Rows, keys: number): Run<K> {
  const { order, by, columns } = query;
  const rows =
    order !== null && by === null ? yield* ordered(order.by, order.descending, filtered) : filtered;
  let result: K;
  if (by !== null) result = yield* selectBy(query, rows, by);
  else if (columns.length === 0)
    result = keyTable(
      keys,
      rows.places === undefined ? rows.table : (pick(rows.table, rows.places) as Table),
    );
  else result = new Table(namesOf(columns), k.list(aligned(yield* rows.evaluate(nodesOf(columns)))));
  if (query.distinct) result = distinct(result);
  if (order !== null && by !== null) {
    const sorted = yield* ordered(order.by, order.descending, new Rows(rows.q, unkey(result), rows.outer));
    result = keyTable(by.length, pick(sorted.table, sorted.places!) as Table);
  }
  if (query.limit === null) return result;
  const [limit] = yield* rows.evaluate([query.limit]);
  return sublist(limit!, result);
}

function* ordered(by: Node, descending: boolean, rows: Rows): Run<Rows> {
  const [column] = yield* rows.evaluate([by]);
  return rows.at(grade(column!, descending));
}

/** Values as columns of one length: atoms stand in every row, or are the one row. @throws KError 'length */
function aligned(values: readonly K[]): K[] {
  const lengths = values.filter((value) => !isAtom(value)).map(k.count);
  const n = lengths[0];
  if (lengths.some((length) => length !== n)) throw new KError("length");
  return values.map((value) =>
    isAtom(value) ? (n === undefined ? enlist(value) : repeat(value, n)) : columnOf(value),
  );
}

/** A dictionary or table among the values would be taken for a list of its own. */
function columnOf(value: K): K {
  if (isVector(value) || value instanceof List || value instanceof Table) return value;
  throw new KError("type");
}

function* grouped(by: readonly Column[], rows: Rows): Run<Groups> {
  const keys = (yield* rows.evaluate(nodesOf(by))).map((key) =>
    isAtom(key) ? repeat(key, rows.count) : key,
  );
  if (keys.some((key) => k.count(key) !== rows.count)) throw new KError("length");
  return groupBy(keys, rows.count);
}

function* selectBy({ columns }: Query, rows: Rows, by: readonly Column[]): Run<K> {
  const groups = yield* grouped(by, rows);
  const keys = new Table(namesOf(by), k.list(groups.keys));
  if (columns.length > 0) {
    const values = yield* rows.evaluateGroups(nodesOf(columns), groups);
    return new Dict(
      keys,
      new Table(namesOf(columns), k.list(values.map((items) => perGroup(items, groups)))),
    );
  }
  // without columns each group's last row stands for it
  const lasts = placesOf(groups.count, (g) => groups.rows[groups.starts[g + 1]! - 1]!);
  const { names } = rows.table.columns;
  const others = names.filter((name) => !by.some((column) => column.name === name));
  const values = others.map((name) => pick(rows.column(name)!, lasts));
  return new Dict(keys, new Table(symbols(others), k.list(values)));
}

/** A value for each group as one column; of no groups, one of the type that its items would have. */
function perGroup(values: readonly K[], groups: Groups): K {
  if (groups.count > 0) return gather(values);
  const [empty] = values;
  return isAtom(empty!) ? emptyOf(-empty.type) : k.EMPTY;
}

function* exec({ columns, by, named, keysNamed, distinct: once }: Query, rows: Rows): Run<K> {
  const all = columns.length === 0 ? rows.table.columns.names.map(plainColumn) : columns;
  const single = all.length === 1 && !named && columns.length > 0;
  const unique = (value: K): K => (once && !isAtom(value) ? distinct(value) : value);
  if (by === null) {
    const values = yield* rows.evaluate(nodesOf(all));
    return single ? unique(values[0]!) : new Dict(namesOf(all), gather(values));
  }
  const groups = yield* grouped(by, rows);
  const keys =
    groups.keys.length === 1 && !keysNamed ? groups.keys[0]! : new Table(namesOf(by), k.list(groups.keys));
  const values = (yield* rows.evaluateGroups(nodesOf(all), groups)).map((items) => perGroup(items, groups));
  return new Dict(keys, single ? unique(values[0]!) : new Table(namesOf(all), k.list(values)));
}

const plainColumn = (name: string): Column => ({ name, value: { kind: "name", name } });

/** @param loose whether values may have any length, as those of a dictionary may */
function* update({ columns, by }: Query, rows: Rows, loose = false): Run<Table> {
  const n = rows.count;
  const nodes = nodesOf(columns);
  let values: K[];
  if (loose) values = yield* rows.evaluate(nodes);
  else if (by === null) values = (yield* rows.evaluate(nodes)).map((value) => spread(value, n));
  else {
    const groups = yield* grouped(by, rows);
    const back = new Int32Array(n);
    groups.rows.forEach((row, i) => {
      back[row] = i;
    });
    values = (yield* rows.evaluateGroups(nodes, groups)).map((items) => {
      const parts = items
        .slice(0, groups.count)
        .map((item, g) => spread(item, groups.starts[g + 1]! - groups.starts[g]!));
      return parts.length === 0 ? pick(items[0]!, []) : pick(raze(k.list(parts)), back);
    });
  }
  const names = [...rows.table.columns.names];
  const table = [...rows.table.values.items];
  columns.forEach(({ name }, i) => {
    const place = names.indexOf(name);
    const column = replaced(place < 0 ? undefined : table[place], values[i]!, rows);
    if (place < 0) {
      names.push(name);
      table.push(column);
    } else table[place] = column;
  });
  return new Table(symbols(names), k.list(table));
}

function spread(value: K, n: number): K {
  if (isAtom(value)) return repeat(value, n);
  if (k.count(value) !== n) throw new KError("length");
  return columnOf(value);
}

/** The column with the values in the rows that were chosen; nulls in the others where it is new. @throws KError 'type */
function replaced(old: K | undefined, values: K, { places, table }: Rows): K {
  if (places === undefined) return values;
  const n = k.count(table);
  const from = new Int32Array(n).fill(-1);
  places.forEach((place, i) => {
    from[place] = i;
  });
  if (old === undefined) return pick(values, from);
  if (isVector(old) && isVector(values)) {
    if (old.type !== values.type) throw new KError("type");
    if (!(old instanceof Vector && old.type === TYPE.guid))
      return pick(
        joined(old, values),
        from.map((i, row) => (i < 0 ? row : n + i)),
      );
  } else if (isVector(old) && places.length > 0) throw new KError("type");
  const items = itemsOf(values);
  return gather(itemsOf(old).map((item, row) => (from[row]! < 0 ? item : items[from[row]!]!)));
}

const joined = (x: Vector | Symbols, y: Vector | Symbols): K => raze(k.list([x, y]));

function remove({ columns }: Query, { places, table }: Rows): Table {
  const { names } = table.columns;
  if (columns.length > 0) {
    const gone = columns.map(({ name }) => name);
    const kept = names.flatMap((name, i) => (gone.includes(name) ? [] : [i]));
    return new Table(symbols(kept.map((i) => names[i]!)), k.list(kept.map((i) => table.values.items[i]!)));
  }
  const gone = new Uint8Array(k.count(table)).fill(places === undefined ? 1 : 0);
  for (const place of places ?? []) gone[place] = 1;
  return pick(
    table,
    placesWhere(gone.length, (row) => gone[row] === 0),
  ) as Table;
}
