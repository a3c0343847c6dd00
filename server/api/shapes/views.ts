/** What gives another view of a tensor, or changes the tensor itself where a flag says so (tensorop page). */
import { type K, List, NULL } from "../../../protocol/values.js";
import { asHandle } from "../../engine/handle.js";
import type { Handle, Soon } from "../../engine/index.js";
import { isArrayOf } from "../args/arrays.js";
import { forget, invoke, type OperatorArgs } from "../args/invoke.js";
import {
  after,
  answer,
  argumentsOf,
  asFlag,
  asLong,
  asLongs,
  describe,
  encoded,
  fail,
  isLongNull,
  objectOf,
  resolve,
} from "../args/read.js";
import { optionNames } from "../args/tensor_options.js";
import { membersOf, type Values } from "../args/values.js";
import { type Call, page, type Topic } from "../call.js";
import { readForms } from "../math/read.js";
import { product, shaping } from "../math/shaping.js";
import { capacity, clear } from "./storage.js";

/** An argument: a tensor by handle, or a k value as a tensor of the call's own. */
interface Subject {
  readonly handle: Handle;
  /** Results are handles, and the tensor can be changed in place. */
  readonly given: boolean;
}

function subject(call: Call, x: K, who: string): Soon<Subject> {
  const found = resolve(call, x);
  if (found?.kind === "tensor") return { handle: found.handle, given: true };
  if (found !== undefined) return fail(`${who}: not implemented for ${found.kind}`);
  return after(call.engine.create(encoded(x)), (made) => ({ handle: call.keep(made), given: false }));
}

/** A new view, as a handle or k array; or, in place, the tensor changed: a k array has no place and is answered. */
function view(
  call: Call,
  { handle, given }: Subject,
  operator: string,
  inplace: string | undefined,
  args: OperatorArgs = {},
): Soon<K> {
  const all = { self: { handle }, ...args };
  if (inplace === undefined || !given)
    return after(invoke(call, operator, all, given ? "handle" : "k"), answer);
  return after(invoke(call, inplace, all, "handle"), (made) => {
    forget(call, made);
    return NULL;
  });
}

const TRANSPOSE =
  "transpose expects tensor or (tensor;inplace flag) or (tensor;dim1;dim2;optional inplace flag";

/** A matrix, or two dimensions of a tensor, swapped; what is no list of lists is answered as it is. */
function transpose(call: Call, x: K): Soon<K> {
  if (!(x instanceof List)) return x;
  const items = asHandle(x) !== undefined || isArrayOf(x, 4) ? [x] : x.items;
  const flag = asFlag(items.at(-1));
  const [first, ...dims] = flag === undefined ? items : items.slice(0, -1);
  if (first === undefined) return fail(TRANSPOSE);
  return after(subject(call, first, "transpose"), (source) => {
    const { dim } = call.engine.describe(source.handle);
    if (dims.length !== 2 && dim > 2n)
      fail(`transpose of ${dim}d tensor needs the two dimenstions to be swapped`);
    if (dims.length === 0) return view(call, source, "t", flag ? "t_" : undefined);
    const [dim0, dim1] = dims.map(asLong);
    if (dims.length !== 2 || dim0 === undefined || dim1 === undefined) return fail(TRANSPOSE);
    return view(call, source, "transpose.int", flag ? "transpose_" : undefined, { dim0, dim1 });
  });
}

/** What may follow the input of `squeeze` and `unsqueeze`. */
interface Following {
  /** Undefined where there is none or it is null. */
  readonly dim: bigint | undefined;
  readonly inplace: boolean;
}

/** (dim), (dim;flag) or (flag); undefined for anything else. */
function following(rest: readonly K[]): Following | undefined {
  const flag = asFlag(rest.at(-1));
  const [dim, ...more] = flag === undefined ? rest : rest.slice(0, -1);
  if (rest.length === 0 || more.length > 0 || (dim !== undefined && asLong(dim) === undefined))
    return undefined;
  return { dim: isLongNull(dim) ? undefined : asLong(dim), inplace: flag ?? false };
}

/** The input and what follows it. */
function squeezed(x: K): readonly [K, Following | undefined] {
  const [first, ...rest] = x instanceof List && asHandle(x) === undefined ? x.items : [x];
  const found = first === undefined ? undefined : following(rest);
  return found === undefined ? [x, undefined] : [first!, found];
}

/** Dimensions of one element taken out: all, or one that is named. */
function squeeze(call: Call, x: K): Soon<K> {
  const [input, { dim, inplace } = { dim: undefined, inplace: false }] = squeezed(x);
  return after(subject(call, input, "squeeze"), (source) =>
    dim === undefined
      ? view(call, source, "squeeze", inplace ? "squeeze_" : undefined)
      : view(call, source, "squeeze.dim", inplace ? "squeeze_.dim" : undefined, { dim }),
  );
}

/** A dimension of one element put in. */
function unsqueeze(call: Call, x: K): Soon<K> {
  const [input, found] = squeezed(x);
  if (found === undefined && asHandle(x) === undefined)
    return fail("unsqueeze: unexpected arg(s), expects (input;dim;optional in-place flag)");
  const { dim, inplace } = found ?? { dim: undefined, inplace: false };
  if (dim === undefined) return fail("unsqueeze requires 2nd arg specifying dimension to add");
  return after(subject(call, input, "unsqueeze"), (source) =>
    view(call, source, "unsqueeze", inplace ? "unsqueeze_" : undefined, { dim }),
  );
}

const RESIZE = shaping("resize", "resize", "resize_");

/** The tensor with another size in place, or a k array of another size; new elements are zeros. */
async function resize(call: Call, x: K): Promise<K> {
  const { inputs, options } = readForms(call, RESIZE, x);
  const { engine } = call;
  const example = inputs[1] === undefined ? undefined : objectOf(call, inputs[1], "tensor");
  if (inputs[1] !== undefined && example === undefined)
    return fail(`resize expects 2nd arg of size or tensor w'size to use`);
  const { handle, given } = await subject(call, inputs[0]!, "resize");
  const info = engine.describe(handle);
  const wanted = example === undefined ? (options.size as readonly bigint[]) : engine.describe(example).size;
  const before = capacity(info);
  const size = inferred(wanted ?? [], info.numel);
  forget(call, await invoke(call, "resize_", { self: { handle }, size }, "handle"));
  await clear(call, handle, before);
  return given ? NULL : answer(await engine.retrieve(handle));
}

/** The size with its -1 in place of what the number of elements leaves. */
function inferred(size: readonly bigint[], numel: bigint): bigint[] {
  const wrong = size.find((n) => n < -1n);
  if (size.filter((n) => n === -1n).length > 1) fail("only one dimension can be inferred");
  if (wrong !== undefined) fail(`invalid shape dimension ${wrong}`);
  if (!size.includes(-1n)) return [...size];
  const known = product(size.filter((n) => n !== -1n));
  const shape = `[${size.join(", ")}]`;
  if (known === 0n && numel === 0n)
    fail(
      `cannot reshape tensor of 0 elements into shape ${shape} because the unspecified dimension size -1 can be any value and is ambiguous`,
    );
  if (known === 0n || numel % known !== 0n) fail(`shape ${shape} is invalid for input of size ${numel}`);
  return size.map((n) => (n === -1n ? numel / known : n));
}

/** Out of the calculation of gradients: a new tensor, or in place a tensor (tensor;flag), or those of an object. */
async function detach(call: Call, x: K): Promise<K> {
  const [object, second, ...rest] = argumentsOf(x);
  const found = object === undefined ? undefined : resolve(call, object);
  if (found === undefined) return fail("detach: expecting tensor, vector or dictionary");
  const { handle, kind } = found;
  if (kind === "tensor") {
    const flag = second === undefined ? false : asFlag(second);
    if (flag === undefined || rest.length > 0)
      return fail("detach: expecting tensor or (tensor; inplace flag)");
    return view(call, { handle, given: true }, "detach", flag ? "detach_" : undefined);
  }
  if (kind !== "vector" && kind !== "dictionary") return fail(`detach: not implemented for ${kind}`);
  if (rest.length > 0)
    return fail(`detach: ${kind} supplied, but unexpected number of additional args(${rest.length + 1})`);
  const members = membersOf(call, handle, kind);
  const chosen = second === undefined ? members.inputs.map((_, i) => i) : positions(call, members, second);
  for (const i of chosen)
    forget(call, await invoke(call, "detach_", { self: { handle: members.inputs[i] as Handle } }, "handle"));
  return NULL;
}

/** Where the tensors stand that indices or keys name. */
function positions(call: Call, { kind, inputs, names }: Values, which: K): readonly number[] {
  if (kind === "vector") {
    const indices =
      (which instanceof List && which.count === 0 ? [] : asLongs(which)) ??
      fail(`detach: vector supplied, expected 2nd arg of indices, given ${describe(call, which)}`);
    const wrong = indices.find((i) => i < 0n || i >= inputs.length);
    return wrong === undefined ? indices.map(Number) : fail(`detach: vector[${wrong}] out of bounds`);
  }
  const keys =
    optionNames(which) ??
    fail(`detach: dictionary supplied, expected 2nd arg of key(s), given ${describe(call, which)}`);
  const places = keys.map((key) => names!.indexOf(key));
  const missing = places.indexOf(-1);
  return missing < 0 ? places : fail(`detach: dictionary[\`${keys[missing]}] not found`);
}

export const viewTopic: Topic = page("tensorop", { transpose, squeeze, unsqueeze, resize, detach });
