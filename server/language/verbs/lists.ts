import * as k from "../../../protocol/make.js";
import { isInteger, TYPE } from "../../../protocol/types.js";
import { Dict, Func, type K, KError, List, Symbols, Table, Vector } from "../../../protocol/values.js";
import { allocate, copies, listOf, places, placesWhere, repeat } from "../values/arrays.js";
import { claim, PLACE_BYTES, VECTOR_BYTES } from "../values/budget.js";
import type { Verb } from "../values/functions.js";
import { Finder, isOneItem } from "../values/match.js";
import { grade } from "../values/order.js";
import {
  emptyOf,
  enlist,
  flipTable,
  gather,
  isAtom,
  isKeyed,
  isList,
  isVector,
  itemAt,
  itemsOf,
  outside,
  pick,
  slice,
  symbolsOf,
  wholeNumber,
  wholeNumbers,
} from "../values/vectors.js";

/** Making, joining, cutting and turning lists, dictionaries and tables. */

const MAX_COUNT = 2 ** 31;

export function til(x: K): K {
  if (x instanceof Dict) return x.keys;
  if (!isAtom(x)) throw new KError("type");
  const n = wholeNumber(x);
  if (n < 0) throw new KError("domain");
  if (n >= MAX_COUNT) throw new KError("wsfull");
  const out = allocate(TYPE.long, n) as BigInt64Array;
  // the lower halves alone, without a bigint each: memory is little-endian, and the upper halves are zero
  const halves = new Uint32Array(out.buffer);
  for (let i = 0; i < n; i++) halves[2 * i] = i;
  return k.longs(out);
}

/** Items side by side: of one type a vector, dictionaries and tables key by key and row by row. */
export function join(x: K, y: K): K {
  if (x instanceof Dict && y instanceof Dict) return joinKeys(x, y);
  if (x instanceof Table || y instanceof Table) return joinRows(x, y);
  if (x instanceof Vector && y instanceof Vector && x.type === y.type) {
    claim(x.bytes.length + y.bytes.length);
    return new Vector(x.type, Buffer.concat([x.bytes, y.bytes]));
  }
  if (x instanceof Symbols && y instanceof Symbols) {
    claim((x.count + y.count) * PLACE_BYTES);
    return k.symbols(x.names.concat(y.names));
  }
  if (x instanceof Vector && isAtom(y) && y.type === -x.type) return join(x, k.vector(x.type, [y.value]));
  if (x instanceof List && x.count === 0) return isList(y) ? y : enlist(y);
  if (y instanceof List && y.count === 0) return isList(x) ? x : enlist(x);
  const items = joined(listed(x), listed(y));
  // what comes of a general list stays one: so the handles of torch objects do not turn into a vector
  return x instanceof List || y instanceof List ? k.list(items) : gather(items);
}

function joined<T>(x: readonly T[], y: readonly T[]): T[] {
  claim((x.length + y.length) * PLACE_BYTES);
  return x.concat(y);
}

const listed = (x: K): readonly K[] => (isList(x) ? itemsOf(x) : [x]);

function joinKeys(x: Dict, y: Dict): Dict {
  const finder = new Finder(x.keys);
  const found = finder.places(y.keys);
  claim((k.count(x) + k.count(y)) * 2 * PLACE_BYTES);
  const keys = itemsOf(x.keys).slice();
  const values = itemsOf(x.values).slice();
  const added = itemsOf(y.keys);
  const given = itemsOf(y.values);
  found.forEach((place, i) => {
    if (place >= 0) values[place] = given[i]!;
    else {
      keys.push(added[i]!);
      values.push(given[i]!);
    }
  });
  return new Dict(gather(keys), gather(values));
}

function joinRows(x: K, y: K): K {
  if (x instanceof List && x.count === 0) return y;
  if (y instanceof List && y.count === 0) return x;
  const rows = y instanceof Dict ? (enlist(y) as Table) : y;
  if (x instanceof Table && rows instanceof Table) {
    const { names } = x.columns;
    if (names.length !== rows.columns.count) throw new KError("mismatch");
    const columns = names.map((name, i) => {
      const place = rows.columns.names.indexOf(name);
      if (place < 0) throw new KError("mismatch");
      return join(x.values.items[i]!, rows.values.items[place]!);
    });
    return new Table(x.columns, k.list(columns));
  }
  return k.list(joined(listed(x), listed(y)));
}

export function raze(x: K): K {
  if (x instanceof Dict) return raze(x.values);
  if (isAtom(x) || x instanceof Func) return enlist(x);
  if (!(x instanceof List)) return x;
  const { items } = x;
  if (items.length === 0) return x;
  const first = items[0]!;
  if (
    items.every(
      (item) => isAtom(item) || item instanceof List || (item.type === first.type && isVector(item)),
    )
  ) {
    if (first instanceof Vector && items.every((item) => item.type === first.type)) {
      claim(items.reduce((bytes, item) => bytes + (item as Vector).bytes.length, 0));
      return new Vector(first.type, Buffer.concat(items.map((item) => (item as Vector).bytes)));
    }
    claim(items.reduce((count, item) => count + k.count(item), 0) * PLACE_BYTES);
    const all = items.flatMap(listed);
    return items.some((item) => item instanceof List) ? k.list(all) : gather(all);
  }
  return items.reduce(join);
}

/** `n#x`: the first n (or last -n) items, going round; a shape makes nested lists; keys take from a dictionary. */
export function take(x: K, y: K): K {
  if (y instanceof Dict && !isKeyed(y) && !isCount(x)) return takeKeys(x, y);
  if (isAtom(x) && x.type === -TYPE.symbol) return withAttribute(x.value as string, y);
  if (x instanceof Symbols && y instanceof Table) {
    const values = x.names.map((name) => columnOf(y, name));
    return new Table(x, k.list(values));
  }
  if (isAtom(x)) return takeCount(wholeNumber(x), y);
  return reshape(wholeNumbers(x), y);
}

const ATTRIBUTES: Readonly<Record<string, number>> = { "": 0, s: 1, u: 2, p: 3, g: 4 };

/** `` `s#x `` marks a vector; of a symbol that names no attribute, and of a mark that is not true, it is an error. */
function withAttribute(name: string, x: K): K {
  const attr = ATTRIBUTES[name];
  if (attr === undefined) throw new KError("type");
  if (attr === 1 && isVector(x) && grade(x, false).some((place, i) => place !== i))
    throw new KError("s-fail");
  if (x instanceof Vector) return new Vector(x.type, x.bytes, attr);
  return x instanceof Symbols ? new Symbols(x.count, x.names, attr) : x;
}

const isCount = (x: K): boolean => isAtom(x) && (x.type === -TYPE.boolean || isInteger(-x.type));

function columnOf(x: Table, name: string): K {
  const place = x.columns.names.indexOf(name);
  if (place < 0) throw new KError(name);
  return x.values.items[place]!;
}

function takeKeys(x: K, y: Dict): K {
  const keys = isOneItem(y.keys, x) ? enlist(x) : x;
  return new Dict(keys, pick(y.values, new Finder(y.keys).places(keys)));
}

function takeCount(n: number, y: K): K {
  const size = Math.abs(n);
  if (size > MAX_COUNT) throw new KError("wsfull");
  if (isAtom(y)) return repeat(y, size);
  if (y instanceof Func) return copies(y, size);
  const count = k.count(y);
  if (size <= count) {
    const kept = n >= 0 ? slice(y, 0, size) : slice(y, count - size, count);
    return kept instanceof List && kept.count === 0 ? emptyLike(y) : kept;
  }
  if (count === 0)
    return y instanceof Table || y instanceof Dict
      ? pick(
          y,
          places(size, () => -1),
        )
      : repeated(outside(y), size);
  const from = n >= 0 ? 0 : count - (size % count);
  return pick(
    y,
    places(size, (i) => (from + i) % count),
  );
}

const repeated = (x: K, size: number): K => (isAtom(x) ? repeat(x, size) : copies(x, size));

/** No items of a list keep the type of its items where it has one. */
function emptyLike(x: K): K {
  if (isVector(x)) return emptyOf(x.type);
  return x instanceof Table ? slice(x, 0, 0) : k.EMPTY;
}

/** A null in a shape of two stands for as many as the items give. */
function reshape(shape: readonly number[], y: K): K {
  const unknown = shape.findIndex((n) => !(n >= 0));
  const items = isAtom(y) ? enlist(y) : y;
  const count = k.count(items);
  if (unknown >= 0) {
    if (shape.length !== 2) throw new KError("domain");
    const width = shape[1 - unknown]!;
    return unknown === 0 ? cutEvery(width, items) : cutInto(width, items);
  }
  if (shape.length === 0) return k.EMPTY;
  const total = shape.reduce((product, n) => product * n, 1);
  if (total > MAX_COUNT) throw new KError("wsfull");
  let at = 0;
  const build = (level: number): K => {
    const n = shape[level]!;
    if (level === shape.length - 1) {
      const from = at;
      at += n;
      if (count > 0 && (from % count) + n <= count) return slice(items, from % count, (from % count) + n);
      return pick(
        items,
        places(n, (i) => (count === 0 ? -1 : (from + i) % count)),
      );
    }
    return listOf(n, () => build(level + 1));
  };
  return build(0);
}

function cutEvery(size: number, x: K): K {
  if (size <= 0) throw new KError("domain");
  const count = k.count(x);
  return listOf(Math.ceil(count / size), (i) => slice(x, i * size, Math.min(count, (i + 1) * size)));
}

function cutInto(parts: number, x: K): K {
  const count = k.count(x);
  const bound = (i: number): number => Math.floor((i * count) / parts);
  return listOf(parts, (i) => slice(x, bound(i), bound(i + 1)));
}

/** `n_x` drops, `places _ x` cuts, `x _ i` removes an item, `keys _ d` and `` `col _ t `` remove keys and columns. */
export function drop(x: K, y: K): K {
  if (isList(x) && isAtom(y) && isCount(y)) return removeAt(x, wholeNumber(y));
  if (x instanceof Dict && !isKeyed(x)) return without(x, isOneItem(x.keys, y) ? enlist(y) : y);
  if (y instanceof Dict && !isKeyed(y) && !isCount(x))
    return without(y, isOneItem(y.keys, x) ? enlist(x) : x);
  if (y instanceof Table && (x instanceof Symbols || x.type === -TYPE.symbol)) {
    const gone = symbolsOf(x);
    const kept = y.columns.names.filter((name) => !gone.includes(name));
    return take(k.symbols(kept), y);
  }
  if (isAtom(x)) {
    const n = wholeNumber(x);
    if (isAtom(y)) throw new KError("type");
    const count = k.count(y);
    const kept = n >= 0 ? slice(y, Math.min(n, count), count) : slice(y, 0, Math.max(0, count + n));
    return kept instanceof List && kept.count === 0 ? emptyLike(y) : kept;
  }
  const cuts = wholeNumbers(x);
  const count = k.count(y);
  if (cuts.some((cut, i) => cut < 0 || cut > count || (i > 0 && cut < cuts[i - 1]!)))
    throw new KError("domain");
  return listOf(cuts.length, (i) => slice(y, cuts[i]!, cuts[i + 1] ?? count));
}

function removeAt(x: K, place: number): K {
  const count = k.count(x);
  if (place < 0 || place >= count) return x;
  return join(slice(x, 0, place), slice(x, place + 1, count));
}

function without(x: Dict, keys: K): Dict {
  const gone = new Finder(keys);
  const found = gone.places(x.keys);
  const kept = placesWhere(found.length, (i) => found[i]! < 0);
  return new Dict(pick(x.keys, kept), pick(x.values, kept));
}

export function flip(x: K): K {
  if (x instanceof Table || (x instanceof Dict && !isKeyed(x))) return flipTable(x);
  if (!(x instanceof List)) throw new KError(isVector(x) || isAtom(x) ? "rank" : "type");
  const lists = x.items.filter((item) => !isAtom(item));
  if (lists.length === 0) throw new KError("rank");
  const n = k.count(lists[0]!);
  if (lists.some((item) => k.count(item) !== n)) throw new KError("length");
  const columns = x.items.map((item) => (isAtom(item) ? undefined : itemsOf(item)));
  return listOf(n, (i) => {
    claim(VECTOR_BYTES);
    return gather(x.items.map((item, j) => columns[j]?.[i] ?? item));
  });
}

export function where(x: K): K {
  if (x instanceof Dict) return pick(x.keys, wholeNumbers(where(x.values)));
  const counts =
    x instanceof Vector && x.type === TYPE.boolean ? (k.items(x) as Uint8Array) : wholeNumbers(x);
  let total = 0;
  for (let i = 0; i < counts.length; i++) total += Math.max(0, counts[i]!);
  if (total >= MAX_COUNT) throw new KError("wsfull");
  const out = allocate(TYPE.long, total) as BigInt64Array;
  const halves = new Uint32Array(out.buffer);
  let at = 0;
  for (let i = 0; i < counts.length; i++) {
    for (let j = 0; j < counts[i]!; j++) halves[2 * at++] = i;
  }
  return k.longs(out);
}

export function reverse(x: K): K {
  const n = k.count(x);
  if (isAtom(x) || x instanceof Func) return x;
  return pick(
    x,
    places(n, (i) => n - 1 - i),
  );
}

export function first(x: K): K {
  if (isAtom(x) || x instanceof Func) return x;
  if (x instanceof Dict) return first(x.values);
  return k.count(x) === 0 ? outside(x) : itemAt(x, 0);
}

export function last(x: K): K {
  if (isAtom(x) || x instanceof Func) return x;
  if (x instanceof Dict) return last(x.values);
  const n = k.count(x);
  return n === 0 ? outside(x) : itemAt(x, n - 1);
}

const rotate = (x: K, y: K): K => {
  const n = k.count(y);
  const by = wholeNumber(x);
  return n === 0 || isAtom(y)
    ? y
    : pick(
        y,
        places(n, (i) => (((i + by) % n) + n) % n),
      );
};

/** `n sublist x`: no more than there are; `start count sublist x` from a place on. */
export function sublist(x: K, y: K): K {
  const count = k.count(y);
  if (!isAtom(x)) {
    const [start, size] = wholeNumbers(x);
    return slice(y, Math.min(start!, count), Math.min(start! + size!, count));
  }
  const n = wholeNumber(x);
  return n >= 0 ? slice(y, 0, Math.min(n, count)) : slice(y, Math.max(0, count + n), count);
}

/** The items so many places on, or, negative, so many back. */
function shifted(x: K, by: number): K {
  const n = k.count(x);
  if (isAtom(x)) return x;
  return pick(
    x,
    places(n, (i) => (i + by >= n || i + by < 0 ? -1 : i + by)),
  );
}

const crossed = (x: K, y: K): K => {
  claim(k.count(x) * k.count(y) * (VECTOR_BYTES + PLACE_BYTES));
  const right = itemsOf(y);
  return k.list(itemsOf(x).flatMap((left) => right.map((item) => join(left, item))));
};

export const LISTS: readonly Verb[] = [
  { name: ",", two: join, one: enlist },
  { name: "#", two: take, one: (x) => k.long(k.count(x)) },
  { name: "_", two: drop },
  { name: "til", one: til },
  { name: "enlist", one: enlist, act: (_, items) => gather(items), counts: [2, 3, 4, 5, 6, 7, 8] },
  { name: "count", one: (x) => k.long(k.count(x)) },
  { name: "first", one: first },
  { name: "last", one: last },
  { name: "raze", one: raze },
  { name: "flip", one: flip },
  { name: "where", one: where },
  { name: "reverse", one: reverse },
  { name: "rotate", infix: true, two: rotate },
  { name: "sublist", infix: true, two: sublist },
  { name: "cut", infix: true, two: (x, y) => (isAtom(x) ? cutEvery(wholeNumber(x), y) : drop(x, y)) },
  { name: "next", one: (x) => shifted(x, 1) },
  { name: "prev", one: (x) => shifted(x, -1) },
  { name: "xprev", infix: true, two: (n, x) => shifted(x, -wholeNumber(n)) },
  { name: "cross", infix: true, two: crossed },
];
