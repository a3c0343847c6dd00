/** Gradient flags, read and set on objects, keys and indices (`gradflag`), and a tensor's gradient (`grad`). */

import * as k from "../../../protocol/make.js";
import { Atom, Dict, type K, List, NULL, TYPE } from "../../../protocol/values.js";
import { asHandle, handleK } from "../../engine/handle.js";
import type { Handle, Members, Soon } from "../../engine/index.js";
import { nameOf } from "../args/ktypes.js";
import { after, answer, argumentsOf, asFlag, asLongs, type Found, fail, resolve } from "../args/read.js";
import { optionNames } from "../args/tensor_options.js";
import { type Call, page, type Topic } from "../call.js";
import { attributeOf, GRADFLAG } from "./info.js";

const FORMS =
  "gradflag: unrecognized arg(s), expecting tensor/vector/dictionary or (object;flag) or (dict/vec;keys/inds) or (dict/vec;keys/inds;flag)";

/** Sets the flag of all tensors that an object holds, or of none when one cannot have it. */
export function setFlag(call: Call, { handle }: Found, flag: boolean, who: string): Soon<void> {
  return call.engine.setTensors(handle, "parameters", { flag }, who);
}

function gradflag(call: Call, x: K): K | Promise<K> {
  if (asHandle(x) !== undefined) return attributeOf(call, x, GRADFLAG);
  const [object, second, third, ...rest] = argumentsOf(x);
  const found = object === undefined ? undefined : resolve(call, object);
  if (found === undefined || rest.length > 0) return fail(FORMS);
  if (second === undefined) return fail(`gradflag: unrecognized arg(s) - ${nameOf(x)}`);
  const flag = asFlag(second);
  if (flag !== undefined) return third === undefined ? setWhole(call, found, flag) : fail(FORMS);
  const chosen = choose(call, found, second);
  if (third === undefined) return readChosen(call, found, second, chosen);
  return setChosen(call, found, chosen, asFlag(third) ?? fail(FORMS));
}

function setWhole(call: Call, found: Found, flag: boolean): K | Promise<K> {
  const { handle, kind } = found;
  if (kind === "loss" || kind === "optimizer") fail(`gradflag: not implemented for ${kind}`);
  if (kind !== "tensor") return after(setFlag(call, found, flag, "gradflag"), () => NULL);
  call.engine.setGradient(handle, flag);
  return NULL;
}

/** The tensors meant: positions in the object, with a dictionary's keys. */
interface Chosen {
  readonly positions: readonly number[];
  readonly names?: readonly string[];
}

function choose({ engine }: Call, { handle, kind }: Found, which: K): Chosen {
  const names = optionNames(which);
  if (names !== undefined) {
    if (kind !== "dictionary") fail(`gradflag: 2nd arg of key(s) not valid with ${kind}`);
    const known = engine.names(handle);
    const positions = names.map((name) => known.indexOf(name));
    const missing = positions.indexOf(-1);
    return missing < 0 ? { positions, names } : fail(`gradflag: dict[\`${names[missing]}] not found`);
  }
  const indices = asLongs(which) ?? fail(FORMS);
  if (kind !== "vector") fail(`gradflag: 2nd arg of index/indices not valid with ${kind}`);
  const count = engine.totals(handle).tensors;
  const wrong = indices.find((i) => i < 0n || i >= count);
  if (wrong !== undefined) fail(`gradflag: vector[${wrong}] invalid for ${count}-element vector`);
  return { positions: indices.map(Number) };
}

function readChosen({ engine }: Call, { handle }: Found, which: K, chosen: Chosen): K {
  const { values } = engine.attribute(handle, "requiresGrad") as Members<boolean | undefined>;
  const flags = chosen.positions.map((i) => values[i] ?? false);
  if (which instanceof Atom) return k.boolean(flags[0]!);
  const shown = k.vector(TYPE.boolean, flags);
  return chosen.names === undefined ? shown : new Dict(k.symbols(chosen.names), shown);
}

/** A vector of the chosen tensors shares them, so that all flags are set together or none. */
function setChosen(call: Call, found: Found, chosen: Chosen, flag: boolean): K | Promise<K> {
  const { engine } = call;
  const which = chosen.names ?? chosen.positions.map(BigInt);
  const members = which.map((one) => call.keep(engine.member(found.handle, one)));
  return after(engine.vector(members), (vector) => {
    const all: Found = { handle: call.keep(vector), kind: "vector" };
    return after(setFlag(call, all, flag, "gradflag"), () => NULL as K);
  });
}

const NO_TENSOR = "unexpected arg(s) for gradient, expecting tensor (enlist to return gradient ptr)";

/** grad tensor: the gradient as a k value, null where there is none; grad enlist tensor: a new handle. */
function grad(call: Call, x: K): K | Promise<K> {
  const enlisted = x instanceof List && x.count === 1 && asHandle(x) === undefined;
  const object = enlisted ? x.items[0]! : x;
  const found = resolve(call, object);
  if (found?.kind !== "tensor") return fail(NO_TENSOR);
  const gradient = call.engine.gradient(found.handle);
  if (enlisted) return gradient === undefined ? fail("no gradient defined") : handleK(gradient);
  return gradient === undefined ? NULL : retrieved(call, gradient);
}

/** A handle's tensor as a k value; the handle ends. */
function retrieved(call: Call, handle: Handle): K | Promise<K> {
  call.keep(handle);
  return after(call.engine.retrieve(handle), answer);
}

export const gradientTopic: Topic = [...page("info", { gradflag }), ...page("train", { grad })];
