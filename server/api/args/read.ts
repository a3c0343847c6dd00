/**
 * How k api functions read their arguments and make their answers. Readers of values return undefined for anything that
 * is not of their form, so that a caller chooses the error; readers of objects throw 'stale pointer.
 */

import { decodeTrusted } from "../../../protocol/decode.js";
import { encodeObject } from "../../../protocol/encode.js";
import * as k from "../../../protocol/make.js";
import { LONG_NULL } from "../../../protocol/types.js";
import { Atom, isNull, type K, KError, List, NULL, Symbols, TYPE, Vector } from "../../../protocol/values.js";
import { asHandle, handleK } from "../../engine/handle.js";
import type { Handle, Input, Kind, Result, Soon } from "../../engine/index.js";
import type { Call } from "../call.js";
import { nameOf } from "./ktypes.js";

export const fail = (text: string): never => {
  throw new KError(text);
};

/** The next step of something that may be there already: what is synchronous stays synchronous. */
export const after = <T, R>(soon: Soon<T>, next: (value: T) => Soon<R>): Soon<R> =>
  soon instanceof Promise ? soon.then(next) : next(soon);

// objects ------------------------------------------------------------------------------------------------------

export interface Found {
  readonly handle: Handle;
  readonly kind: Kind;
}

/**
 * The caller's object that a handle stands for; undefined when `x` has not the form of a handle.
 * @throws KError 'stale pointer
 */
export function resolve(call: Call, x: K): Found | undefined {
  const handle = asHandle(x);
  if (handle === undefined) return undefined;
  const kind = call.engine.kind(handle) ?? fail("stale pointer");
  return { handle, kind };
}

/** Longer lists are data: that their items are made would take its time, and no function takes as many arguments. */
const LONGEST_LIST = 1000;

/** A function's object and what may follow it. */
export interface ObjectWithRest extends Found {
  readonly rest: readonly K[];
}

/** (object) or (object;more...); undefined when the first is no object. */
export function firstObject(call: Call, x: K): ObjectWithRest | undefined {
  const alone = resolve(call, x);
  if (alone !== undefined) return { ...alone, rest: [] };
  if (!(x instanceof List) || x.count === 0) return undefined;
  const [first] = x.head(1);
  const found = resolve(call, first!);
  if (found !== undefined && x.count > LONGEST_LIST) fail(`at most ${LONGEST_LIST} arguments expected`);
  return found && { ...found, rest: x.items.slice(1) };
}

/** The handle of an object of that kind; undefined for other objects and for values. */
export function objectOf(call: Call, x: K, kind: Kind): Handle | undefined {
  const found = resolve(call, x);
  return found?.kind === kind ? found.handle : undefined;
}

/** What errors call `x`: an object's class ("tensor", "loss"), else the k type's name ("long scalar"). */
export const describe = (call: Call, x: K): string => resolve(call, x)?.kind ?? nameOf(x);

/**
 * A tensor argument for the engine: a tensor's handle, or the bytes of a k value. Objects of other classes are refused;
 * k values that are no arrays are refused by the engine.
 * @param who the function, for the error
 */
export function input(call: Call, x: K, who = "tensor"): Input {
  const found = resolve(call, x);
  if (found === undefined) return encoded(x);
  if (found.kind === "tensor") return found.handle;
  return fail(`${who}: expecting array or tensor, given ${found.kind}`);
}

const isTensor = (call: Call, x: K): boolean => resolve(call, x)?.kind === "tensor";

/** Whether any of the arguments is a tensor: then a function answers a handle, else a k value. */
export const anyTensor = (call: Call, xs: readonly K[]): boolean => xs.some((x) => isTensor(call, x));

/** Bytes from which looking for the vector's own wire form pays. */
const LARGE_VECTOR = 4096;
const HEAD = 6;

/** The bytes of a k object. Those of a value that came from the wire are not copied. */
export function encoded(x: K): Uint8Array {
  if (x instanceof List && x.encoded !== undefined) return x.encoded;
  if (x instanceof Vector && x.bytes.length >= LARGE_VECTOR && x.bytes.byteOffset >= HEAD) {
    const { buffer, byteOffset, byteLength } = x.bytes;
    const head = new DataView(buffer, byteOffset - HEAD, HEAD);
    if (head.getUint8(0) === x.type && head.getUint8(1) === x.attr && head.getUint32(2, true) === x.count)
      return new Uint8Array(buffer, byteOffset - HEAD, byteLength + HEAD);
  }
  return encodeObject(x);
}

// lists and values ---------------------------------------------------------------------------------------------

/** The arguments: a general list's items; any other value, handles and long lists included, is the only one. */
export const argumentsOf = (x: K): readonly K[] =>
  x instanceof List && x.count <= LONGEST_LIST && asHandle(x) === undefined ? x.items : [x];

/** Longer vectors are data, not arguments that q has put together. */
const MOST_ARGUMENTS = 16;

/** As `argumentsOf`, for functions whose arguments q may have collapsed into a vector (`` `eye`float ``, 3 4). */
export function spread(x: K): readonly K[] {
  if ((x instanceof Symbols || x instanceof Vector) && x.count <= MOST_ARGUMENTS)
    return Array.from({ length: x.count }, (_, i) => k.at(x, i));
  return argumentsOf(x);
}

/** No argument: `::` or an empty general list. */
export const isAbsent = (x: K): boolean => isNull(x) || (x instanceof List && x.count === 0);

export const asSymbol = (x: K | undefined): string | undefined =>
  x instanceof Atom && x.type === -TYPE.symbol ? (x.value as string) : undefined;

/** No collection has more members (native/verbs/results.h). */
const MOST_MEMBERS = 50_000;

/** @throws KError where names, positions or values are more than an object has */
export const several = (count: number): void => {
  if (count > MOST_MEMBERS)
    fail(`at most ${MOST_MEMBERS} names, positions or values expected, given ${count}`);
};

/**
 * A symbol, a symbol list, or a general list of symbol atoms (at least one).
 * @throws KError where they are more than any object has
 */
export function asSymbols(x: K | undefined): readonly string[] | undefined {
  if (x instanceof Symbols) {
    several(x.count);
    return x.names;
  }
  if (x instanceof Atom) return x.type === -TYPE.symbol ? [x.value as string] : undefined;
  // A look at the first item spares making those of a matrix.
  if (!(x instanceof List) || x.count === 0 || asSymbol(x.head(1)[0]) === undefined) return undefined;
  several(x.count);
  const names: string[] = [];
  for (const item of x.items) {
    const name = asSymbol(item);
    if (name === undefined) return undefined;
    names.push(name);
  }
  return names;
}

export const asFlag = (x: K | undefined): boolean | undefined =>
  x instanceof Atom && x.type === -TYPE.boolean ? (x.value as boolean) : undefined;

export const isLongNull = (x: K | undefined): boolean =>
  x instanceof Atom && x.type === -TYPE.long && x.value === LONG_NULL;

export const asLong = (x: K | undefined): bigint | undefined =>
  x instanceof Atom && x.type === -TYPE.long ? (x.value as bigint) : undefined;

/** Whether it is a long or a long list, of any length. */
export const isLongs = (x: K | undefined): boolean =>
  x instanceof Vector ? x.type === TYPE.long : asLong(x) !== undefined;

/**
 * A long, or a long list, as an array.
 * @throws KError where they are more than any object has members or a tensor has dimensions
 */
export function asLongs(x: K | undefined): bigint[] | undefined {
  if (x instanceof Vector) {
    if (x.type !== TYPE.long) return undefined;
    several(x.count);
    return Array.from(k.items(x) as BigInt64Array);
  }
  const one = asLong(x);
  return one === undefined ? undefined : [one];
}

/** A number of any numeric type but boolean and char: integers as bigint, others as number. */
export function asNumber(x: K | undefined): bigint | number | undefined {
  if (!(x instanceof Atom)) return undefined;
  const type = -x.type;
  if (type === TYPE.long) return x.value as bigint;
  if (type === TYPE.real || type === TYPE.float) return x.value as number;
  return type === TYPE.byte || type === TYPE.short || type === TYPE.int
    ? BigInt(x.value as number)
    : undefined;
}

/** A long or double as a number, null as NaN; undefined for other values. */
export function asDouble(x: K | undefined): number | undefined {
  if (!(x instanceof Atom) || (x.type !== -TYPE.long && x.type !== -TYPE.float)) return undefined;
  return isLongNull(x) ? Number.NaN : Number(x.value);
}

/** An atom's value for an operator that takes a number. */
export function scalarOf(x: K | undefined): boolean | bigint | number | undefined {
  if (x instanceof Atom && x.type === -TYPE.char) return BigInt(x.value as number);
  return asFlag(x) ?? asNumber(x);
}

// answers ------------------------------------------------------------------------------------------------------

/** A result of the engine as a k value: bytes are read lazily, numbers are handles, several collapse as q's lists do. */
export function answer(result: Result): K {
  if (result instanceof Uint8Array) return decodeTrusted(result, ANY_PEER);
  if (typeof result === "number") return handleK(result);
  if (typeof result === "bigint") return k.long(result);
  if (typeof result === "boolean") return k.boolean(result);
  return result === undefined ? NULL : k.collapse(result.map(answer));
}

/** The engine makes no timestamps, guids or vectors beyond the narrow counts: every peer can take its arrays. */
const ANY_PEER = 0;
