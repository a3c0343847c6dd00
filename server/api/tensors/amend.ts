/** `amend`: new values for a tensor, or for one of a vector or dictionary, in its own type and place (tensorop page). */

import { type K, List, NULL } from "../../../protocol/values.js";
import { asHandle } from "../../engine/handle.js";
import type { Handle } from "../../engine/index.js";
import { forget, invoke, make } from "../args/invoke.js";
import { asFlag, asLong, asSymbol, describe, fail, input, resolve } from "../args/read.js";
import { type Call, page, type Topic } from "../call.js";
import { knownKeys } from "./collections.js";

/** The forms after the object: how many arguments stand before the optional flag. */
const FORMS = {
  tensor: {
    count: 2,
    text: "2-3 arguments expected, e.g. (tensor;values) or (tensor;values;asyncflag), but",
  },
  vector: {
    count: 3,
    text: "3-4 arguments expected, e.g. (vector;index;values) or (vector;index;values;asyncflag), but",
  },
  dictionary: {
    count: 3,
    text: "3-4 arguments expected, e.g. (dictionary;key;values) or (dictionary;key;values;asyncflag), but",
  },
} as const;

/** The flag asks for a copy that goes on while the call returns; every call here is done when it answers. */
async function amend(call: Call, x: K): Promise<K> {
  const items = x instanceof List && asHandle(x) === undefined ? x.items : [];
  const found = items.length === 0 ? undefined : resolve(call, items[0]!);
  if (found === undefined) {
    resolve(call, x);
    return fail("amend: expecting 1st arg of tensor,vector or dictionary");
  }
  const { handle, kind } = found;
  if (kind !== "tensor" && kind !== "vector" && kind !== "dictionary")
    return fail(`amend: not implemented for ${kind}`);
  const { count, text } = FORMS[kind];
  const flagged = items.length === count + 1 && asFlag(items[count]) !== undefined;
  if (items.length !== count && !flagged)
    fail(`amend: ${text} ${items.length} ${kind === "tensor" ? "args given" : "given"}`);
  const target = kind === "tensor" ? handle : member(call, handle, kind, items[1]!);
  const source = input(call, items[count - 1]!, "amend");
  const self = { handle: call.keep(await make(call, "detach", { self: { handle: target } })) };
  const src = typeof source === "number" ? { handle: source } : source;
  forget(call, await invoke(call, "copy_", { self, src }, "handle"));
  return NULL;
}

function member(call: Call, handle: Handle, kind: "vector" | "dictionary", which: K): Handle {
  const { engine } = call;
  if (kind === "dictionary") {
    const key =
      asSymbol(which) ??
      fail(`amend: given dictionary, 2nd argument is a key(symbol), given ${describe(call, which)}`);
    knownKeys(call, handle, [key]);
    return call.keep(engine.member(handle, key));
  }
  const index =
    asLong(which) ??
    fail(`amend: given vector, 2nd argument is an index(long), given ${describe(call, which)}`);
  const count = engine.totals(handle).tensors;
  if (index < 0n || index >= count)
    fail(`amend: vector[${index}] is invalid given a ${count}-element vector`);
  return call.keep(engine.member(handle, index));
}

export const amendTopic: Topic = page("tensorop", { amend });
