import * as k from "../../../protocol/make.js";
import { isBig, isFloating, TYPE } from "../../../protocol/types.js";
import { Atom, Dict, Func, type K, List, Symbols, Table, Vector } from "../../../protocol/values.js";
import { allocate, itemsFrom } from "./arrays.js";
import { claim } from "./budget.js";
import { Callable, Composition, Derived, External, Lambda, Primitive, Projection } from "./functions.js";
import { itemsOf } from "./vectors.js";

/** Sameness: `~`, and looking items up by value. */

/** Floats that differ by no more than this part of the larger are the same number. */
export const TOLERANCE = 2 ** -43;

export function sameFloat(x: number, y: number): boolean {
  if (x === y) return true;
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) && Number.isNaN(y);
  if (!Number.isFinite(x) || !Number.isFinite(y)) return false;
  return Math.abs(x - y) <= TOLERANCE * Math.max(Math.abs(x), Math.abs(y));
}

/** Whether two values are the same in type and content, as `~` says. */
export function match(x: K, y: K): boolean {
  if (x === y) return true;
  if (x.type !== y.type) return false;
  if (x instanceof Atom) return sameAtom(x, y as Atom);
  if (x instanceof Vector) return sameVector(x, y as Vector);
  if (x instanceof Symbols) {
    const { names } = y as Symbols;
    return x.count === names.length && x.names.every((name, i) => name === names[i]);
  }
  if (x instanceof List) {
    const { items } = y as List;
    return x.count === items.length && x.items.every((item, i) => match(item, items[i]!));
  }
  if (x instanceof Dict) return match(x.keys, (y as Dict).keys) && match(x.values, (y as Dict).values);
  if (x instanceof Table)
    return match(x.columns, (y as Table).columns) && match(x.values, (y as Table).values);
  return sameFunction(x, y as Func);
}

function sameAtom(x: Atom, y: Atom): boolean {
  if (isFloating(-x.type)) return sameFloat(x.value as number, y.value as number);
  if (x.type === -TYPE.guid) return Buffer.compare(x.value as Uint8Array, y.value as Uint8Array) === 0;
  return x.value === y.value;
}

function sameVector(x: Vector, y: Vector): boolean {
  if (x.bytes.length !== y.bytes.length) return false;
  if (!isFloating(x.type)) return Buffer.compare(x.bytes, y.bytes) === 0;
  const left = k.items(x) as Float64Array;
  const right = k.items(y) as Float64Array;
  return left.every((item, i) => sameFloat(item, right[i]!));
}

function sameFunction(x: Func, y: Func): boolean {
  if (x instanceof Primitive) return y instanceof Primitive && x.verb === y.verb && x.monadic === y.monadic;
  if (x instanceof External) return y instanceof External && x.name === y.name;
  if (x instanceof Lambda)
    return y instanceof Lambda && x.code.source === y.code.source && x.context === y.context;
  if (x instanceof Derived) return y instanceof Derived && x.adverb === y.adverb && match(x.target, y.target);
  if (x instanceof Composition)
    return y instanceof Composition && match(x.outer, y.outer) && match(x.inner, y.inner);
  if (x instanceof Projection) {
    return (
      y instanceof Projection &&
      match(x.target, y.target) &&
      x.args.length === y.args.length &&
      x.args.every(
        (arg, i) =>
          arg === y.args[i] || (arg !== undefined && y.args[i] !== undefined && match(arg, y.args[i]!)),
      )
    );
  }
  return !(y instanceof Callable) && Buffer.compare(x.body, y.body) === 0;
}

/** Text that two values share exactly when they match (floats to the bit, zeros of either sign apart). */
export function fingerprint(x: K): string {
  const text = written(x);
  claim(text.length);
  return text;
}

function written(x: K): string {
  if (x instanceof Atom) {
    return `${x.type}:${x.value instanceof Uint8Array ? Buffer.from(x.value).toString("hex") : String(x.value)}`;
  }
  if (x instanceof Vector) return `${x.type}[${x.count}]${Buffer.from(x.bytes).toString("latin1")}`;
  if (x instanceof Symbols) return `11[${x.count}]${x.names.join("\0")}`;
  if (x instanceof List) return `(${x.items.map(fingerprint).join(";")})`;
  if (x instanceof Dict) return `{${fingerprint(x.keys)}!${fingerprint(x.values)}}`;
  if (x instanceof Table) return `+${fingerprint(x.columns)}!${fingerprint(x.values)}`;
  return x instanceof Lambda ? x.code.source : `f${functionNumber(x)}`;
}

const functionNumbers = new WeakMap<Func, number>();
let functionCount = 0;
function functionNumber(f: Func): number {
  let number = functionNumbers.get(f);
  if (number === undefined) {
    number = functionCount++;
    functionNumbers.set(f, number);
  }
  return number;
}

/** What a Map takes for a number and a place. */
const ENTRY_BYTES = 96;

type Key = string | number | bigint | boolean;

/** Looks up where values first stand among the items of a list. */
export class Finder {
  readonly #type: number;
  readonly #keys: ArrayLike<Key>;
  #places: Map<Key, number> | undefined;

  constructor(readonly domain: K) {
    this.#type = domain.type;
    if (domain instanceof Vector && domain.type !== TYPE.guid) this.#keys = k.items(domain);
    else if (domain instanceof Symbols) this.#keys = domain.names;
    else {
      const items = itemsOf(domain);
      this.#keys = itemsFrom(items.length, (i) => fingerprint(items[i]!));
    }
  }

  get count(): number {
    return this.#keys.length;
  }

  /** The place of an item, or -1. */
  place(item: K): number {
    return this.#find(this.#key(item), false);
  }

  /** The places of the items of a list. */
  places(items: K): Int32Array {
    const n = k.count(items);
    const out = allocate(TYPE.int, n) as Int32Array;
    if (items.type === this.#type && items instanceof Symbols) {
      for (let i = 0; i < n; i++) out[i] = this.#find(items.names[i]!, true);
    } else if (items.type === this.#type && items instanceof Vector && items.type !== TYPE.guid) {
      const keys = k.items(items);
      for (let i = 0; i < n; i++) out[i] = this.#find(keys[i]!, true);
    } else {
      itemsOf(items).forEach((item, i) => {
        out[i] = this.#find(this.#key(item), true);
      });
    }
    return out;
  }

  /** The item as the domain keeps its own; undefined where it cannot be among them. */
  #key(item: K): Key | undefined {
    if (this.#type === TYPE.list || this.#type === TYPE.guid || this.#type >= TYPE.table)
      return fingerprint(item);
    if (!(item instanceof Atom) || item.value instanceof Uint8Array) return undefined;
    if (this.#type === TYPE.symbol) return typeof item.value === "string" ? item.value : undefined;
    if (typeof item.value === "string") return undefined;
    if (isBig(this.#type)) {
      if (typeof item.value === "bigint") return item.value;
      return Number.isInteger(Number(item.value)) ? BigInt(item.value) : undefined;
    }
    return Number(item.value);
  }

  #find(key: Key | undefined, many: boolean): number {
    if (key === undefined) return -1;
    if (!many && this.#places === undefined) {
      const isNull = Number.isNaN(key);
      for (let i = 0; i < this.#keys.length; i++) {
        const item = this.#keys[i];
        if (item === key || (isNull && Number.isNaN(item))) return i;
      }
      return -1;
    }
    if (this.#places === undefined) {
      claim(this.#keys.length * ENTRY_BYTES);
      this.#places = new Map();
      for (let i = this.#keys.length - 1; i >= 0; i--) this.#places.set(this.#keys[i]!, i);
    }
    return this.#places.get(key) ?? -1;
  }
}

/** Whether `y`, sought in `x`, is one item of it rather than a list of items. */
export function isOneItem(x: K, y: K): boolean {
  if (y instanceof Atom || y instanceof Func) return true;
  if (x instanceof Table) return !(y instanceof Table);
  if (y instanceof Dict || y instanceof Table) return true;
  if (!(x instanceof List) || x.count === 0 || x.items[0] instanceof Atom) return false;
  return !(y instanceof List) || y.count === 0 || y.items[0] instanceof Atom;
}
