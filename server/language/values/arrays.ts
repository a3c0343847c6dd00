import * as k from "../../../protocol/make.js";
import { ARRAY_OF, TYPE, WIDTH } from "../../../protocol/types.js";
import { type Atom, type K, KError, type List, Symbols } from "../../../protocol/values.js";
import { ATOM_BYTES, claim, PLACE_BYTES, VECTOR_BYTES, VIEW_BYTES } from "./budget.js";

/**
 * Arrays by their length, the memory claimed before it is taken. The language makes none in any other way: for what V8
 * cannot give in one piece it ends the process.
 */

export type Items = k.Items;

/** What an item costs that is boxed to stand in a list. */
export const ITEM_BYTES = ATOM_BYTES + PLACE_BYTES;

/** A fresh array for `count` items of a type that is neither list nor symbol. */
export function allocate(type: number, count: number): Items {
  const Type = ARRAY_OF[type];
  if (Type === undefined) throw new KError("type");
  if (!(count >= 0)) throw new KError("length");
  const width = WIDTH[type]!;
  claim(count * width + VECTOR_BYTES);
  return new Type((count * width) / Type.BYTES_PER_ELEMENT);
}

/** Places in a list. */
export function places(count: number, place: (i: number) => number): Int32Array {
  const out = allocate(TYPE.int, count) as Int32Array;
  for (let i = 0; i < count; i++) out[i] = place(i);
  return out;
}

/** The places below `count` that a test holds for. (Typed arrays' own filter collects boxed numbers first.) */
export function placesWhere(count: number, holds: (i: number) => boolean): Int32Array {
  let size = 0;
  for (let i = 0; i < count; i++) if (holds(i)) size++;
  const out = allocate(TYPE.int, size) as Int32Array;
  for (let i = 0, at = 0; at < size; i++) if (holds(i)) out[at++] = i;
  return out;
}

/** Numbers of places as longs. */
export function longsOf(numbers: ArrayLike<number>): K {
  const out = allocate(TYPE.long, numbers.length) as BigInt64Array;
  for (let i = 0; i < out.length; i++) out[i] = BigInt(numbers[i]!);
  return k.longs(out);
}

/** Booleans, one for each item of an array. */
export function flagsOf<T>(items: ArrayLike<T>, holds: (item: T) => boolean): K {
  const out = allocate(TYPE.boolean, items.length) as Uint8Array;
  for (let i = 0; i < out.length; i++) out[i] = Number(holds(items[i]!));
  return k.booleans(out);
}

export function symbols(names: readonly string[], attr = 0): Symbols {
  claim(names.length * PLACE_BYTES + VIEW_BYTES);
  return new Symbols(names.length, names, attr);
}

/** Beyond so many places V8 keeps an array as a table, which it then cannot let grow. */
const MOST_PLACES = 2 ** 25;

/** @param item makes an item, and claims what it makes */
export function itemsFrom<T>(count: number, item: (i: number) => T): T[] {
  if (count > MOST_PLACES) throw new KError("wsfull");
  claim(count * PLACE_BYTES + VIEW_BYTES);
  const items = new Array<T>(count);
  for (let i = 0; i < count; i++) items[i] = item(i);
  return items;
}

/** A list of `count` items. */
export const listOf = (count: number, item: (i: number) => K): List => k.list(itemsFrom(count, item));

/** A list of so many times the same value. */
export const copies = (x: K, count: number): List => listOf(count, () => x);

/** A vector of so many times the same atom. */
export function repeat(x: Atom, count: number): K {
  const type = -x.type;
  if (type === TYPE.symbol) return symbols(itemsFrom(count, () => x.value as string));
  const out = allocate(type, count);
  if (type === TYPE.guid)
    for (let i = 0; i < count; i++) (out as Uint8Array).set(x.value as Uint8Array, i * WIDTH[type]!);
  else out.fill((typeof x.value === "boolean" ? Number(x.value) : x.value) as never);
  return k.vector(type, out);
}
