/** Vectors and dictionaries of tensors: made, read and changed by one function each (vectors, dictionaries pages). */

import * as k from "../../../protocol/make.js";
import { LONG_NULL } from "../../../protocol/types.js";
import {
  Atom,
  Dict,
  isNull,
  type K,
  List,
  NULL,
  Symbols,
  Table,
  type Vector,
} from "../../../protocol/values.js";
import { asHandle, handleK } from "../../engine/handle.js";
import type { Handle, Input, Soon } from "../../engine/index.js";
import { nameOf } from "../args/ktypes.js";
import {
  after,
  answer,
  argumentsOf,
  asLongs,
  asSymbols,
  describe,
  encoded,
  fail,
  objectOf,
  resolve,
  several,
} from "../args/read.js";
import { optionNames } from "../args/tensor_options.js";
import { type Call, page, type Topic } from "../call.js";

/** Members as given: tensors by handle belong to the collection once it is made. */
interface Given {
  readonly inputs: Input[];
  /** Handles that end when the call has succeeded. */
  readonly absorbed: Set<Handle>;
}

/**
 * Items as members: k values, or tensors by handle.
 * @param who the function that refuses other objects
 */
function given(call: Call, items: Iterable<K>, who: string): Given {
  const inputs: Input[] = [];
  const absorbed = new Set<Handle>();
  for (const item of items) {
    const found = resolve(call, item);
    if (found !== undefined && found.kind !== "tensor") fail(`${who}: not implemented for ${found.kind}`);
    if (found !== undefined) absorbed.add(found.handle);
    inputs.push(found?.handle ?? (isNull(item) ? null : encoded(item)));
  }
  return { inputs, absorbed };
}

function* allItems(x: K): Iterable<K> {
  several(k.count(x));
  for (let i = 0; i < k.count(x); i++) yield k.at(x, i);
}

/** The items side by side: a list's, a vector's atoms; an atom or a handle is one item. */
function* itemsOf(x: K): Iterable<K> {
  if (x instanceof Atom || asHandle(x) !== undefined) yield x;
  else yield* allItems(x);
}

/** What is answered once the members are in. */
function absorb<T>(call: Call, soon: Soon<T>, { absorbed }: Given, result: (value: T) => K): Soon<K> {
  return after(soon, (value) => {
    for (const handle of absorbed) call.engine.release(handle);
    return result(value);
  });
}

/** Members as k values, side by side as q has them. */
export function retrieveMembers(
  { engine }: Call,
  handle: Handle,
  which?: readonly string[] | readonly bigint[],
): Soon<List | Vector | Symbols> {
  const chosen = which === undefined ? undefined : ([...which] as string[] | bigint[]);
  return after(engine.retrieveMembers(handle, chosen), (parts) => k.collapse(parts.map(answer)));
}

/** A dictionary as a k dictionary. */
export function retrieveDictionary(call: Call, handle: Handle): Soon<K> {
  const names = k.symbols(call.engine.names(handle));
  return after(retrieveMembers(call, handle), (values) => new Dict(names, values));
}

// vectors ------------------------------------------------------------------------------------------------------

export function makeVector(call: Call, x: K): Soon<K> {
  const members = given(call, isNull(x) ? [] : vectorItems(x), "vector");
  return absorb(call, call.engine.vector(members.inputs), members, handleK);
}

const vectorItems = (x: K): Iterable<K> => (x instanceof Dict || x instanceof Table ? [x] : itemsOf(x));

const vectorForms = (extra: number): never =>
  fail(
    `vector: given ptr, expecting indices, vector ptr or (indices;values), but given ${extra} additional arg(s)`,
  );

function vector(call: Call, x: K): Soon<K> {
  const whole = objectOf(call, x, "vector");
  if (whole !== undefined) return retrieveMembers(call, whole);
  const args = argumentsOf(x);
  const handle = args.length === 0 || args[0] === x ? undefined : objectOf(call, args[0]!, "vector");
  if (handle === undefined) return makeVector(call, x);
  const [, which, value, ...rest] = args;
  if (which === undefined || rest.length > 0) return vectorForms(args.length - 1);
  if (value !== undefined) return setVector(call, handle, which, value);
  const second = objectOf(call, which, "vector");
  if (second !== undefined) return join(call, handle, second);
  const indices = asLongs(which);
  if (indices === undefined)
    return fail(`vector: expecting 2nd arg of long indices, given ${describe(call, which)}`);
  const members = retrieveMembers(call, handle, indices);
  return which instanceof Atom ? after(members, (list) => k.at(list, 0)) : members;
}

function setVector(call: Call, handle: Handle, which: K, value: K): Soon<K> {
  const indices = asLongs(which);
  if (indices === undefined)
    return fail(`vector: expecting long indices as 2nd arg, given ${describe(call, which)}`);
  const members = given(call, which instanceof Atom ? [value] : itemsOf(value), "vector");
  const { length } = members.inputs;
  if (length !== indices.length)
    fail(`vector: length error, index count of ${indices.length} with ${length} value(s)`);
  const places = placesIn(call.engine.totals(handle).tensors, indices);
  return absorb(call, call.engine.setMembers(handle, places, members.inputs), members, () => NULL);
}

/** -1 and the null append; any other index is one that the vector has by then. */
function placesIn(count: bigint, indices: readonly bigint[]): bigint[] {
  let next = count;
  return indices.map((i) => {
    if (i === -1n || i === LONG_NULL) return next++;
    if (i >= 0n && i < next) return i;
    const n = BigInt.asUintN(64, i);
    return fail(`vector::_M_range_check: __n (which is ${n}) >= this->size() (which is ${next})`);
  });
}

/** Appends a vector's tensors; that vector ends, unless it is the same. */
function join({ engine }: Call, handle: Handle, second: Handle): Soon<K> {
  const count = (of: Handle): number => Number(engine.totals(of).tensors);
  const start = count(handle);
  const tensors = Array.from({ length: count(second) }, (_, i) => engine.member(second, BigInt(i)));
  const places = tensors.map((_, i) => BigInt(start + i));
  return after(engine.setMembers(handle, places, tensors), () => {
    for (const tensor of tensors) engine.release(tensor);
    if (second !== handle) engine.release(second);
    return NULL;
  });
}

// dictionaries -------------------------------------------------------------------------------------------------

const notDictionary = (name: string): never =>
  fail(`dict: expecting k dictionary or (syms;vals), given ${name}`);

/** Keys and values, where `x` is a k dictionary with symbol keys or (symbols;values). */
function pairs(x: K): [keys: K, values: K] | undefined {
  if (x instanceof Dict) {
    if (k.count(x) === 0) return [k.symbols([]), k.EMPTY];
    return x.keys instanceof Symbols ? [x.keys, x.values] : undefined;
  }
  if (!(x instanceof List)) return undefined;
  if (x.count === 0) return [k.symbols([]), x];
  const [keys, values] = x.items;
  return x.count === 2 && optionNames(keys) !== undefined ? [keys!, values!] : undefined;
}

/**
 * One value for a single key, else a value for each key.
 * @param whole the values are a k dictionary's, so that a list of one long is no handle
 */
function valuesFor(call: Call, keys: K, values: K, who: string, whole = false): Given & { names: string[] } {
  const names = [...asSymbols(keys)!];
  const items = keys instanceof Atom ? [values] : whole ? allItems(values) : itemsOf(values);
  const members = given(call, items, who);
  const { length } = members.inputs;
  if (length !== names.length) fail(`dict: length error, ${names.length} key(s) with ${length} value(s)`);
  return { names, ...members };
}

export function makeDictionary(call: Call, x: K): Soon<K> {
  if (!(x instanceof Dict || x instanceof List)) return fail(`dict: not implemented for ${nameOf(x)}`);
  const found = pairs(x);
  if (found === undefined) return notDictionary(nameOf(x));
  const members = valuesFor(call, ...found, "vector", x instanceof Dict);
  return absorb(call, call.engine.dict(members.names, members.inputs), members, handleK);
}

function dict(call: Call, x: K): Soon<K> {
  const found = resolve(call, x);
  if (found?.kind === "dictionary") return retrieveDictionary(call, found.handle);
  if (found !== undefined) return notDictionary(found.kind);
  if (!(x instanceof List) || x.count === 0) return makeDictionary(call, x);
  const [first, keys, values, ...rest] = x.items;
  const handle = objectOf(call, first!, "dictionary");
  if (handle === undefined) return makeDictionary(call, x);
  if (rest.length > 0)
    fail(
      `dict: expecting 1-3 args, but ${x.count} args supplied, not one of ptr, (ptr;dict), (ptr;syms), (ptr;syms;vals)`,
    );
  if (keys === undefined) return retrieveDictionary(call, handle);
  if (values !== undefined) return setKeys(call, handle, keys, values);
  if (keys instanceof Dict && keys.keys instanceof Symbols)
    return setDictionary(call, handle, keys.keys, keys.values);
  return retrieveKeys(call, handle, keys);
}

/** The keys asked for, all of which the dictionary has. */
export function knownKeys({ engine }: Call, handle: Handle, names: readonly string[]): void {
  const known = new Set(engine.names(handle));
  const missing = names.find((name) => !known.has(name));
  if (missing !== undefined) fail(`Key '${missing}' is not defined`);
}

function retrieveKeys(call: Call, handle: Handle, keys: K): Soon<K> {
  const names = asSymbols(keys);
  if (names === undefined)
    return fail(`dict: expecting 2nd arg of symbol(s) for indexing, given ${describe(call, keys)}`);
  knownKeys(call, handle, names);
  const values = retrieveMembers(call, handle, names);
  return keys instanceof Atom ? after(values, (list) => k.at(list, 0)) : values;
}

function setKeys(call: Call, handle: Handle, keys: K, values: K): Soon<K> {
  if (asSymbols(keys) === undefined)
    fail(`dict: given ptr, expecting symbol keys & values, but 2nd arg is ${describe(call, keys)}`);
  return setDictionary(call, handle, keys, values);
}

function setDictionary(call: Call, handle: Handle, keys: K, values: K): Soon<K> {
  const members = valuesFor(call, keys, values, "dict");
  return absorb(call, call.engine.setMembers(handle, members.names, members.inputs), members, () => NULL);
}

export const collectionTopic: Topic = [...page("vectors", { vector }), ...page("dictionaries", { dict })];
