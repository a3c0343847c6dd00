/**
 * Values for named tensors: one array or tensor for one name, a vector of them for several (freeze page). Whether a
 * general list is one array or a list of values is decided by its items, as everywhere in the k api.
 */

import * as k from "../../../protocol/make.js";
import { Atom, Dict, isNull, type K, List, Symbols, TYPE, Vector } from "../../../protocol/values.js";
import type { Handle, Input, Kind } from "../../engine/index.js";
import type { Call } from "../call.js";
import { isArray } from "./arrays.js";
import { nameOf } from "./ktypes.js";
import { asLongs, asSymbols, encoded, fail, isLongs, resolve, several } from "./read.js";

/** A value as read: one tensor or array, or several. */
export interface Values {
  readonly kind: "tensor" | "vector" | "dictionary";
  readonly inputs: readonly Input[];
  /** A dictionary's keys. */
  readonly names?: readonly string[];
}

/** Members of a vector by index, or of a dictionary by key, as temporary handles. */
function pick(call: Call, who: string, handle: Handle, kind: Kind, which: K): Values {
  const { engine } = call;
  const single = which instanceof Atom;
  const chosen =
    kind === "vector" ? checkedIndices(call, who, handle, which) : checkedKeys(call, handle, which);
  const inputs = chosen.map((one) => call.keep(engine.member(handle, one)));
  return { kind: single ? "tensor" : "vector", inputs };
}

function checkedIndices(call: Call, who: string, handle: Handle, which: K): readonly bigint[] {
  const count = call.engine.totals(handle).tensors;
  const indices = asLongs(which) ?? fail(`${who}: unrecognized arg, ${nameOf(which)}`);
  const wrong = indices.find((i) => i < 0n || i >= count);
  return wrong === undefined ? indices : fail(`${who}: vector[${wrong}] invalid for ${count}-element vector`);
}

function checkedKeys(call: Call, handle: Handle, which: K): readonly string[] {
  const known = call.engine.names(handle);
  const names = asSymbols(which)!;
  const wrong = names.find((name) => !known.includes(name));
  return wrong === undefined ? names : fail(`dictionary key: \`${wrong} not found`);
}

/** (vector;indices) or (dictionary;keys). */
function isPick(kind: Kind | undefined, which: K | undefined): boolean {
  if (kind === "vector") return isLongs(which);
  return kind === "dictionary" && asSymbols(which) !== undefined;
}

/** The members of a vector or dictionary as temporary handles. */
export function membersOf(call: Call, handle: Handle, kind: Kind): Values {
  const { engine } = call;
  if (kind === "dictionary") {
    const names = engine.names(handle);
    return {
      kind,
      names,
      inputs: names.map((name) => call.keep(engine.member(handle, name))),
    };
  }
  const count = Number(engine.totals(handle).tensors);
  const member = (_: unknown, i: number) => call.keep(engine.member(handle, BigInt(i)));
  return { kind: "vector", inputs: Array.from({ length: count }, member) };
}

/**
 * One value, or several, from a k array, a list of arrays and tensors, an object, or part of one.
 * @param who starts the error texts
 * @throws KError for anything that is no value
 */
export function readValues(call: Call, x: K, who: string): Values {
  const found = resolve(call, x);
  if (found !== undefined) {
    const { handle, kind } = found;
    if (kind === "tensor") return { kind, inputs: [handle] };
    if (kind === "vector" || kind === "dictionary") return membersOf(call, handle, kind);
    return fail(`${who}: unrecognized arg, ${kind}`);
  }
  if (!isNumeric(x) && !(x instanceof List)) return fail(`${who}: unrecognized arg, ${nameOf(x)}`);
  if (!(x instanceof List)) return { kind: "tensor", inputs: [encoded(x)] };
  const [first, second] = x.head(2);
  if (x.count === 2) {
    const object = resolve(call, first!);
    if (isPick(object?.kind, second)) return pick(call, who, object!.handle, object!.kind, second!);
  }
  if (isArray(x)) return { kind: "tensor", inputs: [encoded(x)] };
  several(x.count);
  return { kind: "vector", inputs: x.items.map((item) => single(call, item, who)) };
}

function single(call: Call, x: K, who: string): Input {
  const found = resolve(call, x);
  if (found?.kind === "tensor") return found.handle;
  if (found !== undefined) return fail(`${who}: unrecognized arg, ${found.kind}`);
  return isNumeric(x) || x instanceof List ? encoded(x) : fail(`${who}: unrecognized arg, ${nameOf(x)}`);
}

/** An atom or a list that may be an array: the engine refuses the types that no tensor has. */
export const isNumeric = (x: K): boolean =>
  (x instanceof Atom || x instanceof Vector) && Math.abs(x.type) !== TYPE.symbol && !isNull(x);

/** Names and values of a k dictionary with symbol keys; undefined for another. Values may be tensors. */
export function dictionaryValues(call: Call, x: K, who: string): Values | undefined {
  if (!(x instanceof Dict) || !(x.keys instanceof Symbols)) return undefined;
  const inputs = itemInputs(call, x.values, who);
  return { kind: "dictionary", names: x.keys.names, inputs };
}

/**
 * Each item of a list as an input: arrays, atoms and tensors.
 * @throws KError where they are more than any object has
 */
function itemInputs(call: Call, x: K, who: string): Input[] {
  several(k.count(x));
  const inputs: Input[] = [];
  for (let i = 0; i < k.count(x); i++) {
    const item = x instanceof Atom ? x : k.at(x, i);
    const found = resolve(call, item);
    if (found !== undefined && found.kind !== "tensor") fail(`${who}: not implemented for ${found.kind}`);
    inputs.push(found?.handle ?? encoded(item));
  }
  return inputs;
}
