/** `to`: converts what a handle stands for to another device, data type, layout or memory format (devices page). */

import { type K, List, NULL } from "../../../protocol/values.js";
import { asHandle, handleK } from "../../engine/handle.js";
import type { Handle, Soon } from "../../engine/index.js";
import { after, asFlag, type Found, fail, objectOf, resolve } from "../args/read.js";
import { optionNames, readTensorOptions, type TensorOptions } from "../args/tensor_options.js";
import { membersOf } from "../args/values.js";
import { type Call, page, type Topic } from "../call.js";

const WHAT =
  "to: expects 1st arg of tensor, vector, dictionary or module, along with option(s) for device, data type";
const COUNT = "to: expects 2-3 args, (tensor;options) or (tensor;options;async-flag)";
const SECOND = "2nd argument not recognizable as option(s), e.g. device, data type, etc.";

function to(call: Call, x: K): Soon<K> {
  if (asHandle(x) !== undefined || !(x instanceof List) || x.count === 0) {
    resolve(call, x);
    return fail(WHAT);
  }
  const [object, second, third, ...rest] = x.items;
  const found = resolve(call, object!) ?? fail(WHAT);
  // The flag asks for a copy that goes on while the call returns; every call here is done when it answers.
  if (second === undefined || rest.length > 0 || (third !== undefined && asFlag(third) === undefined))
    fail(COUNT);
  return after(convertObject(call, found, conversion(call, second!)), () => NULL);
}

/** Options as symbols, or the device and data type of an example tensor. */
export function conversion(call: Call, x: K, who = "to"): TensorOptions {
  const names = optionNames(x);
  if (names !== undefined) return readTensorOptions(call.engine, names);
  const example = objectOf(call, x, "tensor");
  if (example === undefined) return fail(`${who}: ${SECOND}`);
  const { defined, device, dtype } = call.engine.describe(example);
  return defined ? { device, dtype } : fail("tensor does not have a device");
}

/** The tensor as the options say, as a new handle. */
export const converted = ({ engine }: Call, handle: Handle, options: TensorOptions): Soon<Handle> =>
  engine.convert(handle, options);

/** Lets a tensor's handle stand for the converted tensor; other handles keep the old one. */
export function convertTensor(call: Call, handle: Handle, options: TensorOptions): Soon<void> {
  return after(converted(call, handle, options), (made) => call.engine.replace(handle, made));
}

function convertObject(call: Call, { handle, kind }: Found, options: TensorOptions): Soon<void> {
  const { engine } = call;
  if (kind === "module" || kind === "loss") {
    const { layout, requiresGrad, pinned, memory } = options;
    if (layout !== undefined || requiresGrad !== undefined || pinned !== undefined || memory !== undefined)
      fail(
        "to: converts device & type, but cannot be used for layout,gradient,pinned memory or memory format",
      );
    return engine.convertModule(handle, options.dtype, options.device);
  }
  if (kind === "optimizer" || kind === "model") return fail(`to: not implemented for ${kind}`);
  if (kind === "vector" || kind === "dictionary") return convertMembers(call, { handle, kind }, options);
  if (engine.attribute(handle, "defined") === false)
    fail("to: cannot change attribute(s) of an undefined tensor");
  return convertTensor(call, handle, options);
}

/** Converts all tensors, then puts a vector or dictionary of them behind the handle. */
async function convertMembers(call: Call, { handle, kind }: Found, options: TensorOptions): Promise<void> {
  const { engine } = call;
  if (options.layout === "sparse") fail(NO_LAYOUT);
  if (options.requiresGrad) fail(NO_GRADIENT);
  const { names, inputs } = membersOf(call, handle, kind);
  const members: Handle[] = [];
  for (const member of inputs as readonly Handle[]) {
    const defined = engine.attribute(member, "defined");
    members.push(defined ? call.keep(await converted(call, member, options)) : member);
  }
  const made = names === undefined ? engine.vector(members) : engine.dict([...names], members);
  engine.replace(handle, await made);
}

/** libtorch's own texts for several tensors. */
const NO_LAYOUT =
  "to(options) doesn't support converting to a different layout, but got self.layout being Strided and options.layout set as Sparse";
const NO_GRADIENT =
  "Operators taking TensorOptions cannot take a TensorOptions with options.requires_grad set as true. This isn't implemented yet.";

/** What the operators that make tensors leave open. */
export function finish(call: Call, handle: Handle, { memory, requiresGrad }: TensorOptions): Soon<K> {
  call.made(handle);
  const ordered = memory?.startsWith("channel") ? convertTensor(call, handle, { memory }) : undefined;
  return after(ordered, () => {
    if (requiresGrad) call.engine.setGradient(handle, true);
    return handleK(handle);
  });
}

export const convertTopic: Topic = page("devices", { to });
