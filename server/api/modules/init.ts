/** Functions that fill what an object holds, or some of it, with one value (init page). */

import * as k from "../../../protocol/make.js";
import { Atom, type K, List, NULL } from "../../../protocol/values.js";
import { asHandle } from "../../engine/handle.js";
import type { Handle, Soon } from "../../engine/index.js";
import { make } from "../args/invoke.js";
import { nameOf } from "../args/ktypes.js";
import { after, answer, asLongs, asSymbols, encoded, type Found, fail, resolve } from "../args/read.js";
import { type Call, page } from "../call.js";

/** What is filled: an object or an array, all of it or what `which` says. */
interface Target {
  readonly object: K;
  readonly which: K | undefined;
  readonly value: K;
}

/** A function's name, for errors, and the value that it fills with. */
interface Filler {
  readonly who: string;
  readonly value: K;
}

function filled(call: Call, who: string, { object, which, value }: Target): Soon<K> {
  const { engine } = call;
  const filler = { who, value };
  const found = resolve(call, object);
  if (found !== undefined) return after(fillObject(call, filler, found, which), () => NULL);
  return after(engine.create(encoded(object)), (handle) => {
    call.keep(handle);
    return after(fillObject(call, filler, { handle, kind: "tensor" }, which), () =>
      after(engine.retrieve(handle), answer),
    );
  });
}

function fillObject(call: Call, filler: Filler, found: Found, which: K | undefined): Soon<void> {
  const { handle, kind } = found;
  switch (kind) {
    case "tensor":
      return which === undefined ? fillAll(call, filler, found) : fillRows(call, filler, handle, which);
    case "vector":
      return which === undefined ? fillAll(call, filler, found) : fillMembers(call, filler, handle, which);
    case "dictionary":
      return set(call, filler, handle, "parameters", keys(call, filler, handle, which));
    case "module":
    case "model":
      return fillNamed(call, filler, found, which);
    default:
      return fail(`${filler.who}: not implemented for single ${kind} argument`);
  }
}

function set(
  { engine }: Call,
  { who, value }: Filler,
  handle: Handle,
  what: "parameters" | "buffers",
  names: readonly string[],
): Soon<void> {
  const values = names.map(() => encoded(value));
  return engine.setTensors(handle, what, { names, values }, who);
}

function fillAll({ engine }: Call, { who, value }: Filler, { handle, kind }: Found): Soon<void> {
  const count = kind === "tensor" ? 1 : Number(engine.totals(handle).tensors);
  const values = new Array<Uint8Array>(count).fill(encoded(value));
  return engine.setTensors(handle, "parameters", { values }, who);
}

/** Rows of a tensor: views that share its storage. */
async function fillRows(call: Call, filler: Filler, handle: Handle, which: K): Promise<void> {
  const { engine } = call;
  const count = engine.describe(handle).size?.[0] ?? 0n;
  const views: Handle[] = [];
  for (const i of indices(filler, which, "tensor", count)) {
    views.push(call.keep(await make(call, "select.int", { self: { handle }, dim: 0n, index: i })));
  }
  const vector = call.keep(await engine.vector(views));
  await fillAll(call, filler, { handle: vector, kind: "vector" });
}

function fillMembers(call: Call, filler: Filler, handle: Handle, which: K): Soon<void> {
  const { engine } = call;
  const wanted = indices(filler, which, "vector", engine.totals(handle).tensors);
  const tensors = wanted.map((i) => call.keep(engine.member(handle, i)));
  return after(engine.vector(tensors), (vector) =>
    fillAll(call, filler, { handle: call.keep(vector), kind: "vector" }),
  );
}

function indices({ who }: Filler, which: K, kind: string, count: bigint): readonly bigint[] {
  const wanted =
    asLongs(which) ?? fail(`${who}: expecting 2nd arg of ${kind} indices, given ${nameOf(which)}`);
  const wrong = wanted.find((i) => i < 0n || i >= count);
  return wrong === undefined
    ? wanted
    : fail(`${who}: ${kind}[${wrong}] invalid given a ${count}-element ${kind}`);
}

function keys({ engine }: Call, { who }: Filler, handle: Handle, which: K | undefined): readonly string[] {
  const known = engine.names(handle);
  if (which === undefined) return known;
  const names = asSymbols(which) ?? fail(`${who}: unable to get dictionary key(s) given ${nameOf(which)}`);
  const missing = names.find((name) => !known.includes(name));
  return missing === undefined ? names : fail(`${who}: dictionary key \`${missing} not found`);
}

/** Parameters and buffers by name. */
function fillNamed(call: Call, filler: Filler, { handle, kind }: Found, which: K | undefined): Soon<void> {
  const { engine } = call;
  const names = asSymbols(which);
  if (names === undefined) return fail(`${filler.who}: not implemented for single ${kind} argument`);
  const parameters = engine.tensorNames(handle, "parameters");
  const buffers = engine.tensorNames(handle, "buffers");
  const missing = names.find((name) => !parameters.includes(name) && !buffers.includes(name));
  if (missing !== undefined) fail(`${filler.who}: parameter/buffer \`${missing} not found`);
  const only = (known: readonly string[]) => names.filter((name) => known.includes(name));
  return after(set(call, filler, handle, "parameters", only(parameters)), () =>
    set(call, filler, handle, "buffers", only(buffers)),
  );
}

/** The arguments of a function that fills with a value of its own: an array or object, or (object;which). */
function constant(who: string, value: K, x: K): Target {
  const items = x instanceof List && x.count > 1 && asHandle(x.items[0]!) !== undefined ? x.items : [x];
  if (items.length > 2) fail(`${who}: no more than 2 args expected, ${items.length} supplied`);
  return { object: items[0]!, which: items[1], value };
}

/** (input;value), (input;which;value) */
function fill(x: K): Target {
  if (!(x instanceof List) || asHandle(x) !== undefined)
    return fail(`fill: not implemented for ${nameOf(x)}`);
  if (x.count < 2 || x.count > 3) fail(`fill: expecting 2-3 args, ${x.count} supplied`);
  const value = x.items.at(-1)!;
  if (!(value instanceof Atom)) fail(`fill: unable to get fill element from final arg of ${nameOf(value)}`);
  return { object: x.items[0]!, which: x.count === 3 ? x.items[1] : undefined, value };
}

export const initTopic = page("init", {
  zeros: (call, x) => filled(call, "zeros", constant("zeros", k.long(0), x)),
  ones: (call, x) => filled(call, "ones", constant("ones", k.long(1), x)),
  fill: (call, x) => filled(call, "fill", fill(x)),
});
