/** freeze and unfreeze: gradient flags of all or named parameters, off or on, and at the same time new values. */
import { Atom, type K, List, NULL } from "../../../protocol/values.js";
import type { Input } from "../../engine/index.js";
import { nameOf } from "../args/ktypes.js";
import { after, asSymbols, describe, fail, resolve } from "../args/read.js";
import { dictionaryValues, membersOf, readValues, type Values } from "../args/values.js";
import { type Call, page } from "../call.js";
import { setFlag } from "../tensors/gradient.js";

const HOLDERS = ["module", "model", "dictionary"];
const FORMS = "expecting 2-3 args, (module;names;values)";

/** Names with their new values; without values only the flag is set. */
interface Chosen {
  readonly names: readonly string[];
  readonly values?: readonly Input[];
}

/** @param who the function, for errors */
const setting = (who: string, flag: boolean) => (call: Call, x: K) => {
  const found = resolve(call, x);
  if (found?.kind === "loss" || found?.kind === "optimizer")
    return fail(`${who}: not implemented for ${found.kind}`);
  if (found !== undefined) return after(setFlag(call, found, flag, who), () => NULL);
  if (!(x instanceof List)) return fail(`${who}: not implemented for ${nameOf(x)}`);
  if (x.count < 2 || x.count > 3) return fail(`${who}: ${FORMS}, ${x.count} given`);
  const [object, second, third] = x.items;
  const holder = resolve(call, object!);
  if (holder === undefined || !HOLDERS.includes(holder.kind))
    return fail(
      `${who}: expecting 1st arg of module,model or parameter dictionary, given ${describe(call, object!)}`,
    );
  const chosen = choose(call, second!, third, who);
  const done = call.engine.setTensors(holder.handle, "parameters", { ...chosen, flag }, who);
  return after(done, () => NULL);
};

/** (names), (names;values) or a dictionary of values. */
function choose(call: Call, second: K, third: K | undefined, who: string): Chosen {
  const names = asSymbols(second);
  if (names === undefined) {
    if (third !== undefined) fail(`${who}: expecting 2nd arg of dictionary, but given 3 args`);
    const { names: keys, inputs } = dictionary(call, second, who);
    return { names: keys!, values: inputs };
  }
  if (third === undefined) return { names };
  const values = readValues(call, third, who);
  const misfit = misfitOf(second, names, values);
  return misfit === undefined ? { names, values: values.inputs } : fail(`${who}: ${misfit}`);
}

function dictionary(call: Call, x: K, who: string): Values {
  const found = resolve(call, x);
  if (found?.kind === "dictionary") return membersOf(call, found.handle, found.kind);
  return dictionaryValues(call, x, who) ?? fail(`${who}: unrecognized 2nd arg, ${describe(call, x)}`);
}

/** One name takes one value, a list of names a vector of as many. */
function misfitOf(given: K, names: readonly string[], { kind, inputs }: Values): string | undefined {
  if (given instanceof Atom)
    return kind === "tensor"
      ? undefined
      : `given single parameter name, expected single tensor or array value, given ${kind}`;
  if (kind !== "vector") return `given parameter list, expected vector of tensor values, given ${kind}`;
  return names.length === inputs.length
    ? undefined
    : `${names.length}-element list of names but ${inputs.length}-element list of values`;
}

export const freezeTopic = page("freeze", {
  freeze: setting("freeze", false),
  unfreeze: setting("unfreeze", true),
});
