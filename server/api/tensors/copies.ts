/** Copies that leave the original as it is: of a tensor with other options (`copyto`), of parameters (`copyparms`). */
import { type K, List } from "../../../protocol/values.js";
import type { Call } from "../../calls/requests.js";
import type { Handle, Soon } from "../../engine/index.js";
import { after, answer, asFlag, asHandle, describe, fail, handleK, resolve, row } from "../args/read.js";
import { membersOf, Temporary } from "../args/values.js";
import type { Api, Topic } from "../index.js";
import { conversion, converted } from "./convert.js";

const WHAT =
  "copyto: expects 1st arg of tensor, vector, dictionary or module, along with option(s) for device, data type";
const COUNT = "copyto: expects 2-3 args, (tensor;options) or (tensor;options;async-flag)";

/** (tensor;options) or (tensor;example), and a flag as for `to`. A result of gradient calculation where the tensor is. */
function copyTo(api: Api, call: Call, x: K): Soon<K> {
  if (asHandle(x) !== undefined || !(x instanceof List) || x.count === 0) {
    resolve(api, call, x);
    return fail(WHAT);
  }
  const [object, second, flag, ...rest] = x.items;
  const found = resolve(api, call, object!) ?? fail(WHAT);
  if (second === undefined || rest.length > 0 || (flag !== undefined && asFlag(flag) === undefined))
    fail(COUNT);
  if (found.kind !== "tensor") return fail(`copyto: expects tensor as first arg, given ${found.kind}`);
  const { handle } = found;
  const options = conversion(api, call, second!, "copyto");
  const { engine } = api;
  if (engine.attribute(call.user, handle, "defined") === false)
    fail("to: cannot change attribute(s) of an undefined tensor");
  return after(copy(api, call, handle, options.dtype), (made) => {
    const temporary = new Temporary(api, call);
    temporary.keep(made);
    return temporary.during(() => after(converted(api, call, made, options), handleK));
  });
}

/** The tensor copied, differentiably. */
function copy({ engine }: Api, { user }: Call, handle: Handle, dtype: string | undefined): Soon<Handle> {
  const args = [{ handle }, dtype];
  return after(engine.op(user, "aten::_to_copy", "", args, false, true), (made) => made as Handle);
}

/** A dictionary of copies of a module's parameters, which need no gradients. */
function copyParameters(api: Api, call: Call, x: K): Soon<K> {
  const { engine } = api;
  const { user } = call;
  const found = resolve(api, call, x);
  if (found?.kind !== "module" && found?.kind !== "model")
    return fail(`copyparms: expecting module or model, given ${describe(api, call, x)}`);
  const temporary = new Temporary(api, call);
  return temporary.during(async () => {
    const parameters = temporary.keep(engine.tensorDict(user, found.handle, "parameters"));
    const { names, inputs } = membersOf(api, call, parameters, "dictionary", temporary);
    const copies: Handle[] = [];
    for (const input of inputs) {
      const detached = await engine.op(user, "aten::detach", "", [{ handle: input as Handle }], false, true);
      temporary.keep(detached as Handle);
      const cloned = await engine.op(user, "aten::clone", "", [{ handle: detached as Handle }], false, true);
      copies.push(temporary.keep(cloned as Handle));
    }
    return answer(await engine.dict(user, [...names!], copies));
  });
}

export const copyTopic: Topic = (api) => [
  row("copyto", "devices", (call, x) => copyTo(api, call, x)),
  row("copyparms", "swa", (call, x) => copyParameters(api, call, x)),
];
