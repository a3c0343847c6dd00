import * as k from "../../../protocol/make.js";
import { NULL_OF, TYPE } from "../../../protocol/types.js";
import { type Atom, Dict, Func, type K, KError, List, Symbols, Table } from "../../../protocol/values.js";
import { allocate, flagsOf, itemsFrom, listOf, longsOf, places, placesWhere } from "../values/arrays.js";
import { atomicOne, type Simple } from "../values/atomic.js";
import { claim, PLACE_BYTES } from "../values/budget.js";
import type { Verb } from "../values/functions.js";
import { Finder, isOneItem } from "../values/match.js";
import { order } from "../values/order.js";
import {
  bool,
  enlist,
  gather,
  isAtom,
  isVector,
  itemAt,
  itemsOf,
  pick,
  slice,
  wholeNumber,
} from "../values/vectors.js";
import { add, minimum } from "./arithmetic.js";
import { greaterThan, lessThan, not } from "./compare.js";

/** Finding values among others, and what is built on it: distinct, group, sets, random choice. */

/** Places in a list as longs, those of what is not there one past the end. */
function placesOf(finder: Finder, y: K): K {
  const found = finder.places(y);
  for (let i = 0; i < found.length; i++) if (found[i]! < 0) found[i] = finder.count;
  return longsOf(found);
}

/** `x?y`: where y stands in x; with a number, a random choice. */
function find(x: K, y: K): K {
  if (isAtom(x)) return roll(x, y);
  if (x instanceof Dict) {
    const finder = new Finder(x.values);
    if (isOneItem(x.values, y)) return pickOne(x.keys, finder.place(y));
    return pick(x.keys, finder.places(y));
  }
  if (x instanceof Func) throw new KError("type");
  const finder = new Finder(x);
  const search = (item: K): K => {
    if (isOneItem(x, item)) {
      const place = finder.place(item);
      return k.long(place < 0 ? finder.count : place);
    }
    return item instanceof List && !(x instanceof List)
      ? gather(item.items.map(search))
      : placesOf(finder, item);
  };
  return search(y);
}

const pickOne = (x: K, place: number): K => itemAt(pick(x, [place]), 0);

/** `n?m`: n random numbers below m, or items of a list; a negative n takes without repeating. */
function roll(x: K, y: K): K {
  const n = wholeNumber(x);
  if (!Number.isSafeInteger(n)) throw new KError("domain");
  if (n < 0) return deal(-n, y);
  if (!isAtom(y)) {
    const count = k.count(y);
    if (count === 0 && n > 0) throw new KError("length");
    return pick(
      y,
      places(n, () => Math.floor(Math.random() * count)),
    );
  }
  const type = -y.type;
  if (type === TYPE.symbol) throw new KError("nyi: random symbols");
  const limit = Number(y.value);
  if (type !== TYPE.boolean && !(limit >= 0)) throw new KError("domain");
  const out = allocate(type, n);
  const random = ((): (() => number | bigint) => {
    if (type === TYPE.boolean) return () => (Math.random() < 0.5 ? 0 : 1);
    if (type === TYPE.float || type === TYPE.real) return () => Math.random() * limit;
    if (out instanceof BigInt64Array) {
      return limit === 0
        ? () =>
            BigInt.asIntN(
              64,
              BigInt(Math.floor(Math.random() * 2 ** 32)) * 2n ** 32n +
                BigInt(Math.floor(Math.random() * 2 ** 32)),
            )
        : () => BigInt(Math.floor(Math.random() * limit));
    }
    return () => Math.floor(Math.random() * (limit === 0 ? 256 : limit));
  })();
  for (let i = 0; i < n; i++) out[i] = random() as never;
  return k.vector(type, out);
}

function deal(n: number, y: K): K {
  const count = isAtom(y) ? wholeNumber(y) : k.count(y);
  if (n > count) throw new KError("length");
  const all = places(count, (i) => i);
  for (let i = 0; i < n; i++) {
    const j = i + Math.floor(Math.random() * (count - i));
    [all[i], all[j]] = [all[j]!, all[i]!];
  }
  const chosen = all.subarray(0, n);
  return isAtom(y) ? longsOf(chosen) : pick(y, chosen);
}

/** For each item of x, each value of a dictionary, or x itself, whether it is among the items of y. */
function isIn(x: K, y: K): K {
  const domain = isAtom(y) ? enlist(y) : y;
  const finder = new Finder(domain);
  const check = (item: K): K => {
    if (item instanceof List && item.count === 0) return item;
    if (item instanceof Dict && isVector(domain) && !(item.values instanceof Table))
      return new Dict(item.keys, check(item.values));
    if (isOneItem(domain, item)) return bool(finder.place(item) >= 0);
    if (item instanceof Dict) return new Dict(item.keys, check(item.values));
    if (item instanceof List && !(domain instanceof List)) return gather(item.items.map(check));
    return flagsOf(finder.places(item), (place) => place >= 0);
  };
  return check(x);
}

function within(x: K, y: K): K {
  const [low, high] = itemsOf(y);
  if (low === undefined || high === undefined) throw new KError("length");
  return minimum(not(lessThan(x, low)), not(greaterThan(x, high)));
}

const firstPlaces = (x: K): Int32Array => {
  const found = new Finder(x).places(x);
  return placesWhere(found.length, (i) => found[i] === i);
};

export function distinct(x: K): K {
  if (isAtom(x)) throw new KError("type");
  return pick(x instanceof Dict ? x.values : x, firstPlaces(x instanceof Dict ? x.values : x));
}

/** A dictionary from each item to the places where it stands; of a dictionary, to the keys. */
export function group(x: K): K {
  if (isAtom(x) || x instanceof Func) throw new KError("type");
  const source = x instanceof Dict ? x.values : x;
  const found = new Finder(source).places(source);
  // how many there are of each, and then where they go: the items of one value stand side by side
  const counts = places(found.length, () => 0);
  for (const place of found) counts[place]!++;
  const firsts = placesWhere(found.length, (i) => counts[i]! > 0);
  const starts = places(found.length, () => 0);
  let start = 0;
  for (const place of firsts) {
    starts[place] = start;
    start += counts[place]!;
  }
  const sorted = places(found.length, () => 0);
  const next = starts.slice();
  found.forEach((place, i) => {
    sorted[next[place]!++] = i;
  });
  const all = x instanceof Dict ? pick(x.keys, sorted) : longsOf(sorted);
  const members = (i: number): K => {
    const place = firsts[i]!;
    return slice(all, starts[place]!, starts[place]! + counts[place]!);
  };
  return new Dict(pick(source, firsts), listOf(firsts.length, members));
}

/** Items of x that are (or are not) among those of y. */
const kept = (wanted: boolean) => (x: K, y: K) => {
  if (x instanceof Dict || isAtom(x)) throw new KError("type");
  const finder = new Finder(isAtom(y) ? enlist(y) : y);
  const found = finder.places(x);
  return pick(
    x,
    placesWhere(found.length, (i) => found[i]! >= 0 === wanted),
  );
};
const except = kept(false);
const inter = (x: K, y: K): K => kept(true)(x, y);

const union = (x: K, y: K): K => {
  claim((k.count(x) + k.count(y)) * PLACE_BYTES);
  return distinct(gather(itemsOf(x).concat(itemsOf(y))));
};

/** The place of the last item of sorted x that is not above y, -1 where all are. */
function bin(x: K, y: K): K {
  const items = itemsOf(x);
  const one = (item: K): K => {
    let [low, high] = [0, items.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (order(items[middle]!, item) <= 0) low = middle + 1;
      else high = middle;
    }
    return k.long(low - 1);
  };
  return isAtom(y) ? one(y) : gather(itemsOf(y).map(one));
}

const isNullSimple = (x: Simple): K => {
  if (isAtom(x)) return bool(isNullAtom(x));
  if (x instanceof Symbols) return flagsOf(x.names, (name) => name === "");
  if (x.type === TYPE.guid) return flagsOf(itemsOf(x), (item) => isAtom(item) && isNullAtom(item));
  const nothing = NULL_OF[x.type];
  const values = k.items(x) as ArrayLike<number | bigint>;
  return flagsOf(values, (value) => value === nothing || Number.isNaN(value));
};

function isNullValue(type: number, value: unknown): boolean {
  if (value instanceof Uint8Array) return value.every((byte) => byte === 0);
  return value === NULL_OF[type] || Number.isNaN(value);
}

const isNullAtom = (x: Atom): boolean => isNullValue(-x.type, x.value);

const nullOrFunction = atomicOne(isNullSimple);
export const isNullOf = (x: K): K => (x instanceof Func ? bool(x === k.NULL) : nullOrFunction(x));

/** `x^y`: y with its nulls filled by x, in the wider type of the two. */
function fill(x: K, y: K): K {
  if (y instanceof Table)
    return new Table(y.columns, k.list(y.values.items.map((column) => fill(x, column))));
  if (x instanceof Dict) throw new KError("nyi: ^ of dictionaries");
  if (y instanceof Dict) return new Dict(y.keys, fill(x, y.values));
  if (isAtom(x) && isAtom(y)) return isNullAtom(y) ? widenedTo(y, x) : widenedTo(x, y);
  const n = isAtom(y) ? k.count(x) : k.count(y);
  if (!isAtom(x) && !isAtom(y) && k.count(x) !== n) throw new KError("length");
  const left = isAtom(x) ? undefined : itemsOf(x);
  const right = isAtom(y) ? undefined : itemsOf(y);
  return gather(itemsFrom(n, (i) => fill(left?.[i] ?? x, right?.[i] ?? y)));
}

/** `value` in the wider of its own type and that of `other`. */
const widenedTo = (other: Atom, value: Atom): K => {
  if (other.type >= value.type || value.type <= -TYPE.symbol) return value;
  return add(value, k.atom(-other.type, other.type === -TYPE.long ? 0n : 0));
};

function fills(x: K): K {
  if (isAtom(x)) return x;
  if (x instanceof Table) return new Table(x.columns, k.list(x.values.items.map(fills)));
  let from = -1;
  const missing = itemsOf(isNullOf(x));
  const last = places(missing.length, (i) => {
    const item = missing[i]!;
    if (!isAtom(item) || item.value !== true) from = i;
    return from;
  });
  return pick(x, last);
}

export const SEARCH: readonly Verb[] = [
  { name: "?", two: find },
  { name: "in", infix: true, two: isIn },
  { name: "within", infix: true, two: within },
  { name: "distinct", one: distinct },
  { name: "group", one: group },
  { name: "except", infix: true, two: except },
  { name: "inter", infix: true, two: inter },
  { name: "union", infix: true, two: union },
  { name: "bin", infix: true, two: bin },
  { name: "null", one: isNullOf },
  { name: "^", two: fill },
  { name: "fills", one: fills },
  { name: "rand", one: (x) => itemAt(roll(k.long(1), x), 0) },
];
