/** Which tensors of an object are meant, and setting their values in place without gradients (init page). */
import { type K, List, NULL, TYPE, Vector } from "../../../protocol/values.js";
import type { Handle, Kind, Soon } from "../../engine/index.js";
import { forget, invoke, make } from "../args/invoke.js";
import { nameOf } from "../args/ktypes.js";
import { after, answer, asLongs, asSymbols, encoded, type Found, fail, resolve } from "../args/read.js";
import { membersOf } from "../args/values.js";
import type { Call } from "../call.js";

/** Sets a tensor's values: one that needs no gradient and shares its memory with what is meant. */
export type Action = (call: Call, tensor: Handle) => Soon<void>;

/** The tensors of a tensor, vector or dictionary; undefined for objects of which parameters must be named. */
export function allTensors(call: Call, who: string, { handle, kind }: Found): readonly Handle[] | undefined {
  const { engine } = call;
  if (kind !== "tensor" && kind !== "vector" && kind !== "dictionary") return undefined;
  const handles = kind === "tensor" ? [handle] : (membersOf(call, handle, kind).inputs as readonly Handle[]);
  if (handles.some((each) => engine.attribute(each, "defined") === false))
    fail(`${who}: not implemented for undefined tensor`);
  return handles;
}

/** Rows of a tensor, members of a vector or dictionary, parameters and buffers of other objects. */
export function chosenTensors(
  call: Call,
  who: string,
  { handle, kind }: Found,
  which: K,
): readonly Handle[] | Promise<readonly Handle[]> {
  switch (kind) {
    case "tensor":
      return rows(call, who, handle, which);
    case "vector":
      return members(call, who, handle, which);
    case "dictionary":
      return keyed(call, who, handle, which);
    default:
      return named(call, who, handle, kind, which);
  }
}

/** () are no indices. */
const indicesOf = (x: K): readonly bigint[] | undefined =>
  x instanceof List && x.count === 0 ? [] : asLongs(x);

function checked(who: string, which: K, kind: string, count: bigint): readonly bigint[] {
  const wanted =
    indicesOf(which) ?? fail(`${who}: expecting 2nd arg of ${kind} indices, given ${nameOf(which)}`);
  const wrong = wanted.find((i) => i < 0n || i >= count);
  return wrong === undefined
    ? wanted
    : fail(`${who}: ${kind}[${wrong}] invalid given a ${count}-element ${kind}`);
}

/** Views that share the tensor's memory. */
async function rows(call: Call, who: string, handle: Handle, which: K): Promise<readonly Handle[]> {
  const { engine } = call;
  if (indicesOf(which) === undefined) checked(who, which, "tensor", 0n);
  const { defined, size } = engine.describe(handle);
  if (!defined) fail(`${who}: tensor is not defined`);
  if (size.length === 0) fail(`${who}: 0-dim tensor`);
  const views: Handle[] = [];
  for (const index of checked(who, which, "tensor", size[0]!))
    views.push(call.keep(await make(call, "select.int", { self: { handle }, dim: 0n, index })));
  return views;
}

function members(call: Call, who: string, handle: Handle, which: K): readonly Handle[] {
  const { engine } = call;
  return checked(who, which, "vector", engine.totals(handle).tensors).map((i) => {
    const member = call.keep(engine.member(handle, i));
    return engine.attribute(member, "defined") ? member : fail(`${who}: vector[${i}] is not defined`);
  });
}

function keyed(call: Call, who: string, handle: Handle, which: K): readonly Handle[] {
  const { engine } = call;
  const names = asSymbols(which) ?? fail(`${who}: unable to get dictionary key(s) given ${nameOf(which)}`);
  const known = new Set(engine.names(handle));
  return names.map((name) => {
    if (!known.has(name)) fail(`${who}: dictionary key \`${name} not found`);
    const member = call.keep(engine.member(handle, name));
    return engine.attribute(member, "defined")
      ? member
      : fail(`${who}: dictionary tensor for key \`${name} not defined`);
  });
}

/** Parameters first, then buffers. */
function named(call: Call, who: string, handle: Handle, kind: Kind, which: K): readonly Handle[] {
  const { engine } = call;
  const names = asSymbols(which) ?? fail(`${who}: unable to get tensor names(s) given ${nameOf(which)}`);
  const module = kind === "optimizer" ? engine.optimizerModule(handle) : handle;
  if (module !== undefined && module !== handle) call.keep(module);
  return names.map((name) => {
    const found =
      module && (engine.tensorOf(module, "parameters", name) ?? engine.tensorOf(module, "buffers", name));
    return call.keep(found || fail(`${who}: parameter/buffer \`${name} not found`));
  });
}

/** Sets all of them, or none where one of several cannot be set. */
export async function resetTensors(call: Call, tensors: readonly Handle[], action: Action): Promise<void> {
  const targets: Handle[] = [];
  // Values may change although a gradient is asked for: a detached tensor shares the memory and has none.
  for (const handle of tensors) targets.push(call.keep(await make(call, "detach", { self: { handle } })));
  if (targets.length === 1) return action(call, targets[0]!);
  const made: Handle[] = [];
  for (const handle of targets) {
    const copy = call.keep(await make(call, "clone", { self: { handle } }));
    await action(call, copy);
    made.push(copy);
  }
  for (const [i, handle] of targets.entries())
    forget(call, await invoke(call, "copy_", { self: { handle }, src: { handle: made[i]! } }, "handle"));
}

/** A k array with the values set. */
export async function resetArray(call: Call, x: K, action: Action): Promise<K> {
  const handle = call.keep(await call.engine.create(encoded(x)));
  if (call.engine.attribute(handle, "defined") === false) return NULL;
  await action(call, handle);
  return answer(await call.engine.retrieve(handle));
}

/** An operator that changes its tensor in place. */
export const inPlace =
  (operator: string, args: Readonly<Record<string, bigint | number | boolean>> = {}): Action =>
  (call, handle) =>
    after(invoke(call, operator, { self: { handle }, ...args }, "handle"), (made) => forget(call, made));

// what the functions of the page share ---------------------------------------------------------------------------

/** The object that an argument list begins with. */
export const firstOf = (call: Call, x: K): Found | undefined =>
  x instanceof List && x.count > 0 ? resolve(call, x.head(1)[0]!) : undefined;

/** Of objects whose parameters must be named, none are set. */
export async function resetAll(call: Call, who: string, found: Found, action: Action): Promise<K> {
  const tensors =
    allTensors(call, who, found) ?? fail(`${who}: not implemented for single ${found.kind} argument`);
  await resetTensors(call, tensors, action);
  return NULL;
}

export async function resetChosen(
  call: Call,
  who: string,
  found: Found,
  which: K,
  action: Action,
): Promise<K> {
  await resetTensors(call, await chosenTensors(call, who, found, which), action);
  return NULL;
}

export const isLongs = (x: K): boolean => x instanceof Vector && x.type === TYPE.long;

/** As many items tell whether a list is one array. */
export const TOLD_BY = 3;
