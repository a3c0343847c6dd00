/** `to`: converts what a handle stands for to another device, data type, layout or memory format (devices page). */
import { type K, List, NULL } from "../../../protocol/values.js";
import type { Call } from "../../calls/requests.js";
import type { Handle, Soon } from "../../engine/index.js";
import { after, asFlag, asHandle, type Found, fail, objectOf, resolve, row } from "../args/read.js";
import { membersOf, Temporary } from "../args/values.js";
import type { Api, Topic } from "../index.js";
import { optionNames, readOptions, type TensorOptions } from "../options.js";

const WHAT =
  "to: expects 1st arg of tensor, vector, dictionary or module, along with option(s) for device, data type";
const COUNT = "to: expects 2-3 args, (tensor;options) or (tensor;options;async-flag)";
const SECOND = "2nd argument not recognizable as option(s), e.g. device, data type, etc.";

function to(api: Api, call: Call, x: K): Soon<K> {
  if (asHandle(x) !== undefined || !(x instanceof List) || x.count === 0) {
    resolve(api, call, x);
    return fail(WHAT);
  }
  const [object, second, third, ...rest] = x.items;
  const found = resolve(api, call, object!) ?? fail(WHAT);
  // The flag asks for a copy that goes on while the call returns; every call here is done when it answers.
  if (second === undefined || rest.length > 0 || (third !== undefined && asFlag(third) === undefined))
    fail(COUNT);
  return after(convertObject(api, call, found, conversion(api, call, second!)), () => NULL);
}

/** Options as symbols, or the device and data type of an example tensor. */
export function conversion({ engine, settings }: Api, call: Call, x: K, who = "to"): TensorOptions {
  const names = optionNames(x);
  if (names !== undefined) return readOptions(engine, call.user, names);
  const example = objectOf({ engine, settings }, call, x, "tensor");
  if (example === undefined) return fail(`${who}: ${SECOND}`);
  const { defined, device, dtype } = engine.describe(call.user, example);
  return defined ? { device, dtype } : fail("tensor does not have a device");
}

/** The tensor as the options say, as a new handle. */
export function converted(
  { engine }: Api,
  { user }: Call,
  handle: Handle,
  options: TensorOptions,
): Soon<Handle> {
  const { dtype, device, layout, gradient, pinned, memory } = options;
  return engine.convert(user, handle, dtype, device, layout, memory, pinned, gradient);
}

/** Lets a tensor's handle stand for the converted tensor; other handles keep the old one. */
export function convertTensor(api: Api, call: Call, handle: Handle, options: TensorOptions): Soon<void> {
  return after(converted(api, call, handle, options), (made) => api.engine.replace(call.user, handle, made));
}

function convertObject(api: Api, call: Call, { handle, kind }: Found, options: TensorOptions): Soon<void> {
  const { engine } = api;
  const { user } = call;
  if (kind === "module" || kind === "loss") {
    const { layout, gradient, pinned, memory } = options;
    if (layout !== undefined || gradient !== undefined || pinned !== undefined || memory !== undefined)
      fail(
        "to: converts device & type, but cannot be used for layout,gradient,pinned memory or memory format",
      );
    return engine.convertModule(user, handle, options.dtype, options.device);
  }
  if (kind === "optimizer" || kind === "model") return fail(`to: not implemented for ${kind}`);
  if (kind === "vector" || kind === "dictionary") return convertMembers(api, call, { handle, kind }, options);
  if (engine.attribute(user, handle, "defined") === false)
    fail("to: cannot change attribute(s) of an undefined tensor");
  return convertTensor(api, call, handle, options);
}

/** Converts all tensors, then puts a vector or dictionary of them behind the handle. */
function convertMembers(api: Api, call: Call, { handle, kind }: Found, options: TensorOptions): Soon<void> {
  const { engine } = api;
  const { user } = call;
  if (options.layout === "sparse") fail(NO_LAYOUT);
  if (options.gradient) fail(NO_GRADIENT);
  const temporary = new Temporary(api, call);
  return temporary.during(async () => {
    const { names, inputs } = membersOf(api, call, handle, kind, temporary);
    const members: Handle[] = [];
    for (const member of inputs as readonly Handle[]) {
      const defined = engine.attribute(user, member, "defined");
      members.push(defined ? temporary.keep(await converted(api, call, member, options)) : member);
    }
    const made = names === undefined ? engine.vector(user, members) : engine.dict(user, [...names], members);
    engine.replace(user, handle, await made);
  });
}

/** libtorch's own texts for several tensors. */
const NO_LAYOUT =
  "to(options) doesn't support converting to a different layout, but got self.layout being Strided and options.layout set as Sparse";
const NO_GRADIENT =
  "Operators taking TensorOptions cannot take a TensorOptions with options.requires_grad set as true. This isn't implemented yet.";

export const convertTopic: Topic = (api) => [row("to", "devices", (call, x) => to(api, call, x))];
