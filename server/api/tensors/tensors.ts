/**
 * The function `tensor`: makes a tensor from a k value or by a creation mode, writes into one, and reads tensors, or
 * the members of vectors and dictionaries, back (tensors page).
 */

import * as k from "../../../protocol/make.js";
import { Atom, Dict, isNull, type K, List, NULL } from "../../../protocol/values.js";
import { handleK } from "../../engine/handle.js";
import type { Handle, Soon } from "../../engine/index.js";
import { make } from "../args/invoke.js";
import {
  after,
  answer,
  asFlag,
  asLong,
  asLongs,
  asSymbol,
  asSymbols,
  describe,
  encoded,
  type Found,
  fail,
  isLongs,
  objectOf,
  resolve,
} from "../args/read.js";
import { optionNames, readTensorOptions, type TensorOptions } from "../args/tensor_options.js";
import { wholeTensor } from "../args/whole.js";
import { type Answer, type Call, page, type Topic } from "../call.js";
import { knownKeys } from "./collections.js";
import { createByMode } from "./modes.js";

function tensor(call: Call, x: K): Soon<Answer> {
  const found = resolve(call, x);
  if (found !== undefined) return readObject(call, found, []);
  if (isNull(x)) return handleK(call.engine.undefinedTensor());
  if (!(x instanceof List) || x.count === 0) return makeTensor(call, x);
  const [first, second] = x.head(2);
  const object = resolve(call, first!);
  if (object !== undefined) return readObject(call, object, x.items.slice(1));
  if (asSymbol(first) !== undefined) return createByMode(call, x.items);
  if (x.count !== 2) return makeTensor(call, x);
  const names = optionNames(second);
  if (names !== undefined) return makeTensor(call, first!, readTensorOptions(call.engine, names));
  const output = objectOf(call, second!, "tensor");
  return output === undefined ? makeTensor(call, x) : write(call, first!, output);
}

/** A tensor of a k value, as a handle. */
export function makeTensor(call: Call, x: K, options: TensorOptions = {}): Soon<K> {
  const dtype = options.dtype ?? emptyDtype(call, x);
  const all = { ...options, ...(dtype && { dtype }), own: call.ownsArguments };
  return after(call.engine.create(encoded(x), all), handleK);
}

/** Empty lists have no type of their own: they take the default one. */
function emptyDtype({ settings }: Call, x: K): string | undefined {
  if (settings.defaultDtype === "float") return undefined;
  let inner: K | undefined = x;
  while (inner instanceof List && inner.count > 0) inner = inner.head(1)[0];
  return inner instanceof List ? settings.defaultDtype : undefined;
}

/** Writes a value into a tensor, which keeps its type; an undefined one cannot be written to, so that a new one is made. */
function write(call: Call, x: K, output: Handle): Soon<K> {
  if (call.engine.attribute(output, "defined") === false) return makeTensor(call, x);
  return after(call.engine.assign(output, isNull(x) ? null : encoded(x)), () => NULL);
}

// reading ------------------------------------------------------------------------------------------------------

function readObject(call: Call, { handle, kind }: Found, args: readonly K[]): Soon<Answer> {
  if (kind === "tensor") return readTensor(call, handle, args);
  if (kind === "vector") return vectorMembers(call, handle, args);
  if (kind === "dictionary") return dictionaryMembers(call, handle, args);
  return fail(`tensor not implemented for ${kind}`);
}

/** (tensor; flag; dimension; indices), all but the first optional; the flag is for complex tensors. */
function readTensor(call: Call, handle: Handle, args: readonly K[]): Soon<Answer> {
  const { engine, settings } = call;
  const flag = asFlag(args[0]);
  const [first, second, ...rest] = flag === undefined ? args : args.slice(1);
  if (flag !== undefined && engine.attribute(handle, "complex") !== true)
    fail("tensor: optional flag is only for complex tensors");
  if (rest.length > 0) {
    const form =
      flag === undefined ? "3 args expected, (tensor;dim;ind)" : "4 args expected, (tensor;flag;dim;ind)";
    fail(`tensor: up to ${form}, but ${args.length + 1} args given`);
  }
  const complexFirst = flag ?? settings.complexFirst;
  if (first === undefined) return wholeTensor(call, handle, complexFirst);
  const index = second ?? first;
  const dim = second === undefined ? 0n : asLong(first);
  const name = (x: K): string => describe(call, x);
  if (dim === undefined)
    return fail(
      `tensor: ${flag === undefined ? "3rd" : "2nd"} arg of dimension expected as a long scalar, given ${name(first)}`,
    );
  if (!isLongs(index)) fail(`tensor: last arg expected to be long(s) for indexing, given ${name(index)}`);
  const self = { handle };
  const part =
    index instanceof Atom
      ? make(call, "select.int", { self, dim, index: asLong(index) })
      : make(call, "index_select", { self, dim, index: encoded(index) });
  return after(part, (made) => after(engine.retrieve(call.keep(made), complexFirst), answer));
}

/** Handles to a vector's tensors, or to those at the indices. */
function vectorMembers(call: Call, handle: Handle, args: readonly K[]): K {
  const { engine } = call;
  const count = engine.totals(handle).tensors;
  const [which, ...rest] = args;
  const member = (i: bigint): K => handleK(engine.member(handle, i));
  if (which === undefined) return k.list(Array.from({ length: Number(count) }, (_, i) => member(BigInt(i))));
  if (rest.length > 0)
    fail(
      `tensor: given vector, expecting no more than one additional indexing argument but given ${args.length} additional args`,
    );
  const indices =
    asLongs(which) ??
    fail(`tensor: given vector, 2nd arg expected to be long(s) for indexing, not ${describe(call, which)}`);
  const wrong = indices.find((i) => i < 0n || i >= count);
  if (wrong !== undefined) engine.member(handle, wrong); // its own error, before any handle is made
  return which instanceof Atom ? member(indices[0]!) : k.list(indices.map(member));
}

/** Handles to a dictionary's tensors, with their keys, or to those under the keys. */
function dictionaryMembers(call: Call, handle: Handle, args: readonly K[]): K {
  const { engine } = call;
  const [which, ...rest] = args;
  const member = (name: string): K => handleK(engine.member(handle, name));
  if (which === undefined) {
    const names = engine.names(handle);
    return new Dict(k.symbols(names), k.list(names.map(member)));
  }
  if (rest.length > 0)
    fail(
      `tensor: given dictionary, expecting no more than one additional indexing argument but given ${args.length} additional args`,
    );
  const names =
    asSymbols(which) ??
    fail(
      `tensor: given dictionary, 2nd arg expected to be symbols(s) for indexing, not ${describe(call, which)}`,
    );
  knownKeys(call, handle, names);
  return which instanceof Atom ? member(names[0]!) : k.list(names.map(member));
}

export const tensorTopic: Topic = page("tensors", { tensor });
