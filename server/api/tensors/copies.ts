/** A copy of a tensor with other options, which leaves the original as it is (docs/devices.rst). */

import { type K, List } from "../../../protocol/values.js";
import { asHandle, handleK } from "../../engine/handle.js";
import type { Handle, Soon } from "../../engine/index.js";
import { make } from "../args/invoke.js";
import { after, asFlag, fail, resolve } from "../args/read.js";
import { type Call, page, type Topic } from "../call.js";
import { conversion, converted } from "./convert.js";

const WHAT =
  "copyto: expects 1st arg of tensor, vector, dictionary or module, along with option(s) for device, data type";
const COUNT = "copyto: expects 2-3 args, (tensor;options) or (tensor;options;async-flag)";

/** (tensor;options) or (tensor;example), and a flag as for `to`. A result of gradient calculation where the tensor is. */
function copyTo(call: Call, x: K): Soon<K> {
  if (asHandle(x) !== undefined || !(x instanceof List) || x.count === 0) {
    resolve(call, x);
    return fail(WHAT);
  }
  const [object, second, flag, ...rest] = x.items;
  const found = resolve(call, object!) ?? fail(WHAT);
  if (second === undefined || rest.length > 0 || (flag !== undefined && asFlag(flag) === undefined))
    fail(COUNT);
  if (found.kind !== "tensor") return fail(`copyto: expects tensor as first arg, given ${found.kind}`);
  const { handle } = found;
  const options = conversion(call, second!, "copyto");
  const { engine } = call;
  if (engine.attribute(handle, "defined") === false)
    fail("to: cannot change attribute(s) of an undefined tensor");
  return after(copy(call, handle, options.dtype), (made) => {
    call.keep(made);
    return after(converted(call, made, options), handleK);
  });
}

/** The tensor copied, differentiably. */
const copy = (call: Call, handle: Handle, dtype: string | undefined): Soon<Handle> =>
  make(call, "_to_copy", { self: { handle }, dtype });

export const copyTopic: Topic = page("devices", { copyto: copyTo });
