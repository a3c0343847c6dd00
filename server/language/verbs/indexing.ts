import * as k from "../../../protocol/make.js";
import {
  Atom,
  Dict,
  Func,
  isNull,
  type K,
  KError,
  List,
  type Symbols,
  Table,
  TYPE,
  Vector,
} from "../../../protocol/values.js";
import { Finder, isOneItem } from "../values/match.js";
import { toFloats } from "../values/numbers.js";
import {
  flipTable,
  gather,
  isKeyed,
  isList,
  itemAt,
  itemsOf,
  outside,
  pick,
  wholeNumber,
} from "../values/vectors.js";

/** Reading by index: `x[i]`, `x[i;j]`, dictionaries by key, tables by row and column. */

const isSymbolic = (x: K): boolean => x.type === -TYPE.symbol || x.type === TYPE.symbol;

/** `x[i]`; an index outside gives the null of what is inside. */
export function indexAt(x: K, i: K): K {
  if (isNull(i)) return x;
  if (x instanceof Dict) return lookUp(x, i);
  if (i instanceof Dict) return new Dict(i.keys, indexAt(x, i.values));
  if (x instanceof Table && isSymbolic(i)) return indexColumns(x, i);
  if (!isList(x) && !(x instanceof Table)) throw new KError(x instanceof Func ? "nyi" : "type");
  if (i instanceof Atom) {
    if (i.type < -TYPE.long) throw new KError("type");
    const place = wholeNumber(i);
    return place >= 0 && place < k.count(x) ? itemAt(x, place) : outside(x);
  }
  if (i instanceof Vector) {
    if (i.type === TYPE.float || i.type === TYPE.real || i.type === TYPE.char || i.type === TYPE.guid)
      throw new KError("type");
    const places = k.items(i);
    return pick(x, places instanceof BigInt64Array ? (toFloats(i) as Float64Array) : places);
  }
  if (i instanceof List) return gather(i.items.map((item) => indexAt(x, item)));
  throw new KError("type");
}

function indexColumns(x: Table, i: K): K {
  const column = (name: string): K => {
    const place = x.columns.names.indexOf(name);
    if (place < 0) throw new KError(name);
    return x.values.items[place]!;
  };
  if (i instanceof Atom) return column(i.value as string);
  return gather((i as Symbols).names.map(column));
}

function lookUp(x: Dict, i: K): K {
  if (isKeyed(x)) return lookUpKeyed(x, i);
  if (x.keys instanceof Table) {
    const finder = new Finder(x.keys);
    return i instanceof Table ? pick(x.values, finder.places(i)) : valueAt(x.values, finder.place(i));
  }
  if (isOneItem(x.keys, i)) return valueAt(x.values, new Finder(x.keys).place(i));
  if (i instanceof List) return gather(i.items.map((item) => lookUp(x, item)));
  return pick(x.values, new Finder(x.keys).places(i));
}

const valueAt = (values: K, place: number): K => (place < 0 ? outside(values) : itemAt(values, place));

/** A keyed table's row by key: an atom for a single key column, a list of one value per column, or a table of keys. */
function lookUpKeyed(x: Dict & { keys: Table; values: Table }, i: K): K {
  if (i instanceof Table) return pick(x.values, new Finder(x.keys).places(i));
  if (i instanceof Dict) return valueAt(x.values, new Finder(x.keys).place(i));
  const columns = x.keys.values.items;
  if (columns.length === 1) {
    const finder = new Finder(columns[0]!);
    return isOneItem(columns[0]!, i) ? valueAt(x.values, finder.place(i)) : pick(x.values, finder.places(i));
  }
  const parts = itemsOf(i);
  if (parts.length !== columns.length) throw new KError("length");
  if (parts.some(isList)) {
    return pick(x.values, new Finder(x.keys).places(flipTable(new Dict(x.keys.columns, k.list(parts)))));
  }
  return valueAt(x.values, new Finder(x.keys).place(new Dict(x.keys.columns, gather(parts))));
}

/** Levels that a path may go down. */
const DEEPEST = 100;

/** @throws KError 'rank for a path that is longer than any value is deep */
export function checkPath(path: readonly K[]): void {
  if (path.length > DEEPEST) throw new KError("rank");
}

/** `x[i;j;...]`: each index goes one level down, `::` (an elided one) takes everything on its level. */
export function indexDeep(x: K, path: readonly K[]): K {
  checkPath(path);
  const [first, ...rest] = path;
  if (first === undefined) return x;
  if (rest.length === 0) return indexAt(x, first);
  if (x instanceof Table && !isSymbolic(first) && rest.length === 1 && !isNull(first)) {
    return indexAt(indexAt(x, rest[0]!), first);
  }
  if (isNull(first)) {
    if (x instanceof Atom) throw new KError("rank");
    if (x instanceof Table && isSymbolic(rest[0]!)) return indexDeep(indexAt(x, rest[0]!), rest.slice(1));
    const below = gather(itemsOf(x).map((item) => indexDeep(item, rest)));
    return x instanceof Dict ? new Dict(x.keys, below) : below;
  }
  if (isNull(rest[0]!) && rest.length === 1) return indexAt(x, first);
  if (first instanceof Atom || (x instanceof Dict && isOneItem(x.keys, first))) {
    const item = indexAt(x, first);
    if (item instanceof Atom) throw new KError("rank");
    return indexDeep(item, rest);
  }
  return gather(itemsOf(first).map((item) => indexDeep(x, [item, ...rest])));
}
