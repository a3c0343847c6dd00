/** The model that a function of the train page is given. */
import { type K, List } from "../../../protocol/values.js";
import { asHandle } from "../../engine/handle.js";
import type { Handle } from "../../engine/index.js";
import { describe, fail, firstObject, resolve } from "../args/read.js";
import type { Call } from "../call.js";

/** The first of several arguments, or the only one. */
export const firstOf = (x: K): K =>
  x instanceof List && x.count > 0 && asHandle(x) === undefined ? x.head(1)[0]! : x;

/** The model, which is the only argument. */
export function onlyModel(call: Call, x: K, refusal: (given: string) => string): Handle {
  const found = resolve(call, x);
  return found?.kind === "model" ? found.handle : fail(refusal(describe(call, x)));
}

/** The model and what follows it. */
export function modelAndRest(
  call: Call,
  x: K,
  refusal: () => string,
): { readonly model: Handle; readonly rest: readonly K[] } {
  const found = firstObject(call, x);
  return found?.kind === "model" ? { model: found.handle, rest: found.rest } : fail(refusal());
}
