import * as k from "../../../protocol/make.js";
import { isInteger } from "../../../protocol/types.js";
import { Dict, Func, type K, KError, List, Table } from "../../../protocol/values.js";
import { copies, repeat } from "../values/arrays.js";
import type { Verb } from "../values/functions.js";
import { enlist, isAtom, isKeyed, itemsOf, symbolsOf, wholeNumber } from "../values/vectors.js";
import { raze, take, til } from "./lists.js";

/** Dictionaries from keys and values, tables with and without keys. */

const isCount = (x: K): boolean => isAtom(x) && isInteger(-x.type);

/** `x!y`: a dictionary; an integer keys or unkeys a table. */
export function makeDict(x: K, y: K): K {
  if (isCount(x) && (y instanceof Table || isKeyed(y))) return keyTable(wholeNumber(x), y);
  if (isCount(x)) throw new KError(`nyi: ${wholeNumber(x)}!`);
  if (isAtom(x) && isAtom(y)) throw new KError("type");
  const keys = isAtom(x) ? enlist(x) : x;
  return k.dict(keys, valuesFor(y, k.count(keys)));
}

/** One value stands for all keys, and so does `()`. */
function valuesFor(y: K, count: number): K {
  if (isAtom(y)) return repeat(y, count);
  const alone = y instanceof Func || (y instanceof List && y.count === 0 && count > 0);
  return alone ? copies(y, count) : y;
}

export function unkey(x: K): Table {
  if (x instanceof Table) return x;
  if (!isKeyed(x)) throw new KError("type");
  const names = [...x.keys.columns.names, ...x.values.columns.names];
  return new Table(k.symbols(names), k.list([...x.keys.values.items, ...x.values.values.items]));
}

export function keyTable(n: number, x: K): K {
  const table = unkey(x);
  if (n === 0) return table;
  const { names } = table.columns;
  if (n < 0 || n >= names.length) throw new KError("length");
  return new Dict(take(k.symbols(names.slice(0, n)), table), take(k.symbols(names.slice(n)), table));
}

export function keyOf(x: K): K {
  if (isCount(x)) return til(x);
  if (x instanceof Dict) return x.keys;
  if (x instanceof Table) return k.EMPTY;
  throw new KError("type");
}

/** Columns in the order of `head`, then the others. */
function headed(head: readonly string[], table: Table): Table {
  const rest = table.columns.names.filter((name) => !head.includes(name));
  return take(k.symbols([...head, ...rest]), table) as Table;
}

function rename(x: K, y: K): K {
  const table = unkey(y);
  const { names } = table.columns;
  const keyed = isKeyed(y) ? y.keys.columns.count : 0;
  const changes =
    x instanceof Dict
      ? new Map(itemsOf(x.keys).map((key, i) => [k.text(key), k.text(k.at(x.values, i))]))
      : undefined;
  const given = changes === undefined ? symbolsOf(x) : [];
  const renamed = names.map((name, i) => changes?.get(name) ?? given[i] ?? name);
  return keyTable(keyed, new Table(k.symbols(renamed), table.values));
}

const bothWays = (head: K, x: K): K => keyTable(k.count(head), headed(symbolsOf(head), unkey(x)));

export const TABLES: readonly Verb[] = [
  { name: "!", two: makeDict, one: keyOf },
  { name: "key", one: keyOf },
  { name: "cols", one: (x) => unkey(x).columns },
  { name: "keys", one: (x) => (isKeyed(x) ? x.keys.columns : k.symbols([])) },
  { name: "xcol", infix: true, two: rename },
  { name: "xcols", infix: true, two: (x, y) => headed(symbolsOf(x), unkey(y)) },
  { name: "xkey", infix: true, two: bothWays },
  { name: "ungroup", one: (x) => ungroup(unkey(x)) },
];

/** Each row's lists become rows of their own. */
function ungroup(x: Table): K {
  const columns = x.values.items.map(itemsOf);
  const sizes = (columns[0] ?? []).map((_, row) =>
    Math.max(...columns.map((column) => (isAtom(column[row]!) ? 0 : k.count(column[row]!)))),
  );
  const values = columns.map((column) =>
    column.map((item, row) => (isAtom(item) ? repeat(item, sizes[row]!) : item)),
  );
  return new Table(x.columns, k.list(values.map((column) => raze(k.list(column)))));
}
