import * as k from "../../../protocol/make.js";
import { NULL_OF, TYPE } from "../../../protocol/types.js";
import { type Atom, Dict, Func, type K, KError, List, Symbols, Table } from "../../../protocol/values.js";
import { atomicOne, type Simple } from "../values/atomic.js";
import type { Verb } from "../values/functions.js";
import { Finder, isOneItem } from "../values/match.js";
import { order } from "../values/order.js";
import {
  allocate,
  bool,
  enlist,
  gather,
  isAtom,
  itemAt,
  itemsOf,
  pick,
  wholeNumber,
} from "../values/vectors.js";
import { add, minimum } from "./arithmetic.js";
import { greaterThan, lessThan, not } from "./compare.js";

/** Finding values among others, and what is built on it: distinct, group, sets, random choice. */

/** Places in a list as longs, those of what is not there one past the end. */
function placesOf(finder: Finder, y: K): K {
  const places = finder.places(y);
  const out = allocate(TYPE.long, places.length) as BigInt64Array;
  for (let i = 0; i < out.length; i++) out[i] = BigInt(places[i]! < 0 ? finder.count : places[i]!);
  return k.longs(out);
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
      Int32Array.from({ length: n }, () => Math.floor(Math.random() * count)),
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
  if (count > 2 ** 26) throw new KError("wsfull");
  const places = allocate(TYPE.int, count) as Int32Array;
  for (let i = 0; i < count; i++) places[i] = i;
  for (let i = 0; i < n; i++) {
    const j = i + Math.floor(Math.random() * (count - i));
    [places[i], places[j]] = [places[j]!, places[i]!];
  }
  const chosen = places.subarray(0, n);
  return isAtom(y) ? k.longs(BigInt64Array.from(chosen, BigInt)) : pick(y, chosen);
}

/** For each item of x, or x itself, whether it is among the items of y. */
function isIn(x: K, y: K): K {
  const domain = isAtom(y) ? enlist(y) : y;
  const finder = new Finder(domain);
  const check = (item: K): K => {
    if (item instanceof List && item.count === 0) return item;
    if (isOneItem(domain, item)) return bool(finder.place(item) >= 0);
    if (item instanceof Dict) return new Dict(item.keys, check(item.values));
    if (item instanceof List && !(domain instanceof List)) return gather(item.items.map(check));
    const places = finder.places(item);
    return k.booleans(Uint8Array.from(places, (place) => Number(place >= 0)));
  };
  return check(x);
}

function within(x: K, y: K): K {
  const [low, high] = itemsOf(y);
  if (low === undefined || high === undefined) throw new KError("length");
  return minimum(not(lessThan(x, low)), not(greaterThan(x, high)));
}

const firstPlaces = (x: K): Int32Array => {
  const places = new Finder(x).places(x);
  return places.filter((place, i) => place === i);
};

export function distinct(x: K): K {
  if (isAtom(x)) throw new KError("type");
  return pick(x instanceof Dict ? x.values : x, firstPlaces(x instanceof Dict ? x.values : x));
}

/** A dictionary from each item to the places where it stands; of a dictionary, to the keys. */
export function group(x: K): K {
  if (isAtom(x) || x instanceof Func) throw new KError("type");
  const source = x instanceof Dict ? x.values : x;
  const places = new Finder(source).places(source);
  const members = new Map<number, number[]>();
  places.forEach((place, i) => {
    const list = members.get(place);
    if (list === undefined) members.set(place, [i]);
    else list.push(i);
  });
  const lists = [...members.values()].map((list) => (x instanceof Dict ? pick(x.keys, list) : k.longs(list)));
  return new Dict(pick(source, [...members.keys()]), k.list(lists));
}

/** Items of x that are (or are not) among those of y. */
const kept = (wanted: boolean) => (x: K, y: K) => {
  if (x instanceof Dict || isAtom(x)) throw new KError("type");
  const finder = new Finder(isAtom(y) ? enlist(y) : y);
  const places = finder.places(x);
  return pick(
    x,
    [...places.keys()].filter((i) => places[i]! >= 0 === wanted),
  );
};
const except = kept(false);
const inter = (x: K, y: K): K => kept(true)(x, y);

const union = (x: K, y: K): K => distinct(gather([...itemsOf(x), ...itemsOf(y)]));

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
  if (x instanceof Symbols) return k.booleans(x.names.map((name) => name === ""));
  if (x.type === TYPE.guid) return k.booleans(itemsOf(x).map((item) => isAtom(item) && isNullAtom(item)));
  const nothing = NULL_OF[x.type];
  const values = k.items(x) as ArrayLike<number | bigint>;
  return k.booleans(Uint8Array.from(values, (value) => Number(value === nothing || Number.isNaN(value))));
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
  return gather(Array.from({ length: n }, (_, i) => fill(left?.[i] ?? x, right?.[i] ?? y)));
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
  const places = missing.map((item, i) => {
    if (isAtom(item) && item.value !== true) from = i;
    return from;
  });
  return pick(x, places);
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
