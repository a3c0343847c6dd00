import * as k from "../../../protocol/make.js";
import { isBig, isFloating, isInteger, NULL_OF, TYPE, WIDTH } from "../../../protocol/types.js";
import { Atom, Dict, Func, type K, KError, List, Symbols, Table, Vector } from "../../../protocol/values.js";
import { allocate, ITEM_BYTES, itemsFrom, repeat, symbols } from "./arrays.js";
import { ATOM_BYTES, claim, VIEW_BYTES } from "./budget.js";

/** What the verbs share: taking values apart and putting them together, with the memory accounted for. */

export const bool = (x: boolean): Atom => (x ? TRUE : FALSE);
const TRUE = k.boolean(true);
const FALSE = k.boolean(false);

export const isAtom = (x: K): x is Atom => x instanceof Atom;
/** A vector of any type, symbols included: every item an atom of one type. */
export const isVector = (x: K): x is Vector | Symbols => x instanceof Vector || x instanceof Symbols;
export const isList = (x: K): x is Vector | Symbols | List => isVector(x) || x instanceof List;
export const isFunction = (x: K): x is Func => x instanceof Func;
/** A dictionary from table to table. */
export const isKeyed = (x: K): x is Dict & { readonly keys: Table; readonly values: Table } =>
  x instanceof Dict && x.keys instanceof Table && x.values instanceof Table;
/** Type number without its sign. */
export const baseType = (x: K): number => Math.abs(x.type);

/** Item `i`: of a table the row, its values a vector where they are of one type. */
export function itemAt(x: K, i: number): K {
  if (x instanceof Table)
    return new Dict(x.columns, gather(x.values.items.map((column) => itemAt(column, i))));
  if (x instanceof Dict) return itemAt(x.values, i);
  return k.at(x, i);
}

/** The items of a vector, list, dictionary (its values) or table (its rows), or of an atom itself, each a value. */
export function itemsOf(x: K): readonly K[] {
  if (x instanceof List) return x.items;
  if (x instanceof Dict) return itemsOf(x.values);
  if (!isVector(x) && !(x instanceof Table)) return [x];
  const n = k.count(x);
  claim(n * ATOM_BYTES);
  if (x instanceof Symbols) return itemsFrom(n, (i) => k.symbol(x.names[i]!));
  if (x instanceof Table || x.type === TYPE.guid) return itemsFrom(n, (i) => itemAt(x, i));
  const values = k.items(x);
  if (x.type === TYPE.boolean) return itemsFrom(n, (i) => bool(values[i] !== 0));
  return itemsFrom(n, (i) => new Atom(-x.type, values[i]!));
}

/** What q makes of values side by side: a vector of atoms of one type, a table of dictionaries with one set of keys. */
export function gather(items: readonly K[]): K {
  const first = items[0];
  claim(items.length * ITEM_BYTES);
  if (first instanceof Dict && first.keys instanceof Symbols) {
    const names = first.keys.names;
    if (items.every((x) => x instanceof Dict && sameNames(x.keys, names))) {
      const columns = names.map((_, i) => gather(items.map((x) => k.at((x as Dict).values, i))));
      return new Table(first.keys, k.list(columns));
    }
  }
  return k.collapse(items);
}

const sameNames = (keys: K, names: readonly string[]): boolean =>
  keys instanceof Symbols && keys.count === names.length && keys.names.every((name, i) => name === names[i]);

export function nullOf(type: number): Atom {
  if (type === TYPE.boolean) return FALSE;
  const value = NULL_OF[type];
  return new Atom(-type, value ?? 0);
}

export function emptyOf(type: number): K {
  return type === TYPE.list ? k.EMPTY : k.vector(type, []);
}

/** What an index outside of a value answers: a null of the items' type, or an empty list like the first item. */
export function outside(x: K): K {
  if (isVector(x)) return nullOf(x.type);
  if (x instanceof Dict) return outside(x.values);
  if (x instanceof Table) return new Dict(x.columns, gather(x.values.items.map(outside)));
  if (!(x instanceof List) || x.count === 0) return k.EMPTY;
  const first = x.items[0]!;
  if (isAtom(first)) return nullOf(-first.type);
  if (isVector(first)) return emptyOf(first.type);
  return first instanceof Dict ? nullsLike(first) : k.EMPTY;
}

const nullsLike = (x: Dict): Dict => new Dict(x.keys, gather(itemsOf(x.values).map(outsideItem)));
const outsideItem = (x: K): K => (isAtom(x) ? nullOf(-x.type) : isVector(x) ? emptyOf(x.type) : k.EMPTY);

/**
 * The items at `places`, a negative place (or one past the end) giving the null.
 * Typed arrays are copied item for item by width, never boxed.
 */
export function pick(x: K, places: ArrayLike<number>): K {
  const n = places.length;
  if (x instanceof Table)
    return new Table(x.columns, k.list(x.values.items.map((column) => pick(column, places))));
  if (x instanceof Dict) return new Dict(pick(x.keys, places), pick(x.values, places));
  if (x instanceof Vector && x.type !== TYPE.guid) {
    const from = k.items(x);
    const out = allocate(x.type, n);
    const gap = isBig(x.type) ? NULL_OF[x.type]! : Number(NULL_OF[x.type] ?? 0);
    for (let i = 0; i < n; i++) out[i] = (from[places[i]!] ?? gap) as never;
    return k.vector(x.type, out);
  }
  if (x instanceof Symbols) return symbols(itemsFrom(n, (i) => x.names[places[i]!] ?? ""));
  const missing = outside(x);
  const all = itemsOf(x);
  const items = itemsFrom(n, (i) => all[places[i]!] ?? missing);
  return x instanceof Vector
    ? k.vector(
        x.type,
        items.map((item) => (item as Atom).value),
      )
    : gather(items);
}

/** Items `from` to `to` (not included) of a list or table; a view where that is possible. */
export function slice(x: K, from: number, to: number): K {
  claim(VIEW_BYTES);
  if (x instanceof Vector)
    return new Vector(x.type, x.bytes.subarray(from * WIDTH[x.type]!, to * WIDTH[x.type]!));
  if (x instanceof Symbols) return symbols(x.names.slice(from, to));
  if (x instanceof Table)
    return new Table(x.columns, k.list(x.values.items.map((column) => slice(column, from, to))));
  if (x instanceof Dict) return new Dict(slice(x.keys, from, to), slice(x.values, from, to));
  return gather(itemsOf(x).slice(from, to));
}

/** A vector or list of one item; of a dictionary a table of one row. */
export function enlist(x: K): K {
  return gather([x]);
}

/** The whole number that an atom of an integral type holds. */
export function wholeNumber(x: K): number {
  if (isAtom(x)) {
    if (typeof x.value === "bigint") return Number(x.value);
    if (typeof x.value === "boolean") return Number(x.value);
    if (typeof x.value === "number" && !isFloating(-x.type)) return x.value;
  }
  throw new KError("type");
}

/** The whole numbers of an integral atom or vector. */
export function wholeNumbers(x: K): number[] {
  if (isAtom(x)) return [wholeNumber(x)];
  if (x instanceof Vector && (x.type === TYPE.boolean || isInteger(x.type))) {
    const values = k.items(x);
    return itemsFrom(values.length, (i) => Number(values[i]!));
  }
  if (x instanceof List) return x.items.map(wholeNumber);
  throw new KError("type");
}

/** The text of a char vector or char atom. */
export function textArgument(x: K): string {
  if (x instanceof Vector) claim(x.bytes.length);
  const text = isAtom(x) && x.type === -TYPE.symbol ? undefined : k.text(x);
  if (text === undefined) {
    if (x instanceof List && x.count === 0) return "";
    throw new KError("type");
  }
  return text;
}

export const symbolsOf = (x: K): readonly string[] => {
  if (x instanceof Symbols) return x.names;
  if (isAtom(x) && x.type === -TYPE.symbol) return [x.value as string];
  if (x instanceof List && x.count === 0) return [];
  throw new KError("type");
};

/** A dictionary from column names to columns, and the table of one. */
export function flipTable(x: Table | Dict): Dict | Table {
  if (x instanceof Table) return new Dict(x.columns, gather(x.values.items));
  if (!(x.keys instanceof Symbols) && k.count(x.keys) > 0) throw new KError("nyi");
  const values = itemsOf(x.values);
  if (values.some(isFunction)) throw new KError("type");
  const sizes = values.filter((value) => !isAtom(value)).map(k.count);
  const rows = sizes[0] ?? 1;
  if (sizes.length === 0 && values.length > 0) throw new KError("rank");
  if (sizes.some((size) => size !== rows)) throw new KError("length");
  const columns = values.map((value) => (isAtom(value) ? repeat(value, rows) : value));
  return new Table(x.keys as Symbols, k.list(columns));
}
