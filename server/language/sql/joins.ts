import * as k from "../../../protocol/make.js";
import { type K, KError, type Symbols, Table, Vector } from "../../../protocol/values.js";
import { placesWhere, symbols } from "../values/arrays.js";
import { claim } from "../values/budget.js";
import type { Verb } from "../values/functions.js";
import { Finder } from "../values/match.js";
import { isKeyed, pick, symbolsOf } from "../values/vectors.js";
import { take } from "../verbs/lists.js";
import { keyTable, unkey } from "../verbs/tables.js";
import { upsertInto } from "./insert.js";

/** Joins of tables: by key (`lj`, `ij`), of rows (`uj`), by key and the time up to a moment (`aj`). */

/** Where the rows of `rows` stand among those of `keys`, -1 where they do not. */
function placesIn(keys: Table, rows: Table): Int32Array {
  claim(k.count(rows) * 4);
  const only = keys.values.items[0];
  if (only !== undefined && keys.columns.count === 1) return new Finder(only).places(rows.values.items[0]!);
  return new Finder(keys).places(rows);
}

/** Columns of `more` put beside those of `table`, or in their place where they are of one name. */
function beside(table: Table, names: readonly string[], more: readonly K[]): Table {
  const all = [...table.columns.names];
  const columns = [...table.values.items];
  names.forEach((name, i) => {
    const place = all.indexOf(name);
    if (place >= 0) columns[place] = more[i]!;
    else {
      all.push(name);
      columns.push(more[i]!);
    }
  });
  return new Table(symbols(all), k.list(columns));
}

function byKey(inner: boolean): (x: K, y: K) => K {
  return (x, y) => {
    if (!isKeyed(y)) throw new KError("type");
    const keyed = isKeyed(x) ? x.keys.columns.count : 0;
    let table = unkey(x);
    let places = placesIn(y.keys, take(y.keys.columns, table) as Table);
    if (inner) {
      const rows = placesWhere(places.length, (row) => places[row]! >= 0);
      table = pick(table, rows) as Table;
      const all = places;
      places = rows.map((row) => all[row]!);
    }
    const { names } = y.values.columns;
    const more = y.values.values.items.map((column, i) => {
      const own = table.columns.names.indexOf(names[i]!);
      return own < 0 ? pick(column, places) : overlaid(table.values.items[own]!, column, places);
    });
    return keyTable(keyed, beside(table, names, more));
  };
}

/** A column with the items of another where a place says so. */
function overlaid(own: K, other: K, places: Int32Array): K {
  if (!places.includes(-1)) return pick(other, places);
  const n = places.length;
  const both = upsertInto(new Table(ONLY, k.list([own])), new Table(ONLY, k.list([other])));
  return pick(
    (both as Table).values.items[0]!,
    places.map((place, row) => (place < 0 ? row : n + place)),
  );
}

const ONLY: Symbols = k.symbols(["x"]);

/** The rows of both, with nulls in the columns that one has not; with keys, rows of one key are one. */
function union(x: K, y: K): K {
  if (isKeyed(x) !== isKeyed(y)) throw new KError("type");
  const [left, right] = [unkey(x), unkey(y)];
  const names = [...new Set([...left.columns.names, ...right.columns.names])];
  const none = (table: Table) => new Int32Array(k.count(table)).fill(-1);
  /** @param gaps for each row the one of the other table that has what is missing, -1 for nulls */
  const wide = (table: Table, other: Table, gaps: Int32Array): Table => {
    const columns = names.map((name) => {
      const place = table.columns.names.indexOf(name);
      if (place >= 0) return table.values.items[place]!;
      return pick(other.values.items[other.columns.names.indexOf(name)]!, gaps);
    });
    return new Table(symbols(names), k.list(columns));
  };
  const keyed = isKeyed(x) ? x.keys.columns.count : 0;
  const known =
    isKeyed(x) && isKeyed(y) ? placesIn(x.keys, take(x.keys.columns, right) as Table) : none(right);
  return upsertInto(keyTable(keyed, wide(left, right, none(left))), wide(right, left, known));
}

/**
 * For each row of `x` the last row of `y` with the same keys whose time (the last of the columns) is not after its own;
 * rows of `y` are in the order of their times.
 * @param own whether the result keeps the times of `x`
 */
function asOf(names: K, x: K, y: K, own: boolean): K {
  const columns = symbolsOf(names);
  const [left, right] = [unkey(x), unkey(y)];
  const exact = k.symbols(columns.slice(0, -1));
  const time = columns.at(-1);
  if (time === undefined) throw new KError("length");
  const [moments, times] = [left, right].map((table) => timesOf(table, time));
  if (moments!.type !== times!.type) throw new KError("type");
  const found = lastBefore(keyNumbers(exact, left, right), k.items(moments!), k.items(times!));
  const taken = right.columns.names.filter((name) =>
    own ? !columns.includes(name) : !exact.names.includes(name),
  );
  const more = taken.map((name) => {
    const column = right.values.items[right.columns.names.indexOf(name)]!;
    if (name !== time) return pick(column, found);
    return overlaid(left.values.items[left.columns.names.indexOf(name)]!, column, found);
  });
  return beside(left, taken, more);
}

function timesOf(table: Table, name: string): Vector {
  const column = table.values.items[table.columns.names.indexOf(name)];
  if (column === undefined) throw new KError(name);
  if (!(column instanceof Vector)) throw new KError("type");
  return column;
}

/** For each row of two tables the number of its key: the row of `y` in which it first stands, -1 where it does not. */
function keyNumbers(columns: Symbols, x: Table, y: Table): { left: Int32Array; right: Int32Array } {
  if (columns.count === 0) return { left: new Int32Array(k.count(x)), right: new Int32Array(k.count(y)) };
  const keys = take(columns, y) as Table;
  return { left: placesIn(keys, take(columns, x) as Table), right: placesIn(keys, keys) };
}

function lastBefore(
  { left, right }: { left: Int32Array; right: Int32Array },
  moments: ArrayLike<number | bigint>,
  times: ArrayLike<number | bigint>,
): Int32Array {
  claim(right.length * 16);
  const rows = new Map<number, number[]>();
  right.forEach((key, row) => {
    const list = rows.get(key);
    if (list === undefined) rows.set(key, [row]);
    else list.push(row);
  });
  return left.map((key, i) => {
    const candidates = rows.get(key) ?? [];
    let [low, high] = [0, candidates.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (times[candidates[middle]!]! <= moments[i]!) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? -1 : candidates[low - 1]!;
  });
}

export const JOINS: readonly Verb[] = [
  { name: "lj", infix: true, two: byKey(false) },
  { name: "ij", infix: true, two: byKey(true) },
  { name: "uj", infix: true, two: union },
  { name: "aj", three: (names, x, y) => asOf(names, x, y, true) },
  { name: "aj0", three: (names, x, y) => asOf(names, x, y, false) },
];
