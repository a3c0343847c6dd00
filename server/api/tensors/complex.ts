/** Complex tensors: made from their components (creation mode `complex`, tensors page) and taken apart (complex page). */
import { type K, List, NULL } from "../../../protocol/values.js";
import { asHandle } from "../../engine/handle.js";
import type { Handle, Soon } from "../../engine/index.js";
import { componentOf, isFloating } from "../args/dtypes.js";
import { invoke, make, writeInto } from "../args/invoke.js";
import { after, answer, asFlag, describe, encoded, fail, objectOf } from "../args/read.js";
import type { TensorOptions } from "../args/tensor_options.js";
import { type Call, page, type Topic } from "../call.js";
import { convertTensor, finish } from "./convert.js";

/** Default data types of which the parts of complex numbers are doubles. */
const WIDE: ReadonlySet<string> = new Set(["double", "cdouble"]);

/** (real; imaginary), or one array with both along its first or last dimension and an optional flag that says which. */
export async function createComplex(
  call: Call,
  items: readonly K[],
  options: TensorOptions,
  output: Handle | undefined,
): Promise<K> {
  const { engine, settings } = call;
  const flag = asFlag(items[1]);
  if (items.length < 1 || items.length > 2)
    return fail("unrecognized argument(s) for tensor creation mode: complex");
  const target = output === undefined ? options.dtype : engine.describe(output).dtype;
  const wanted =
    target && (componentOf(target) ?? fail(`unable to create complex tensor with given datatype: ${target}`));
  const given = flag === undefined ? items : items.slice(0, 1);
  const parts: Handle[] = [];
  for (const item of given) parts.push(call.keep(await engine.create(encoded(item))));
  const dtypes = parts.map((part) => engine.describe(part).dtype);
  const [first, second] = dtypes;
  const floating = dtypes.every(isFloating);
  if (second !== undefined && floating && first !== second && options.dtype === undefined)
    fail(`complex: real input is ${first}, imaginary input is ${second}`);
  const component =
    wanted ?? dtypes.find(isFloating) ?? (WIDE.has(settings.defaultDtype) ? "double" : "float");
  for (const part of parts) await convertTensor(call, part, { dtype: component });
  const halves = parts.length === 2 ? parts : await split(call, parts[0]!, flag ?? settings.complexFirst);
  const [real, imag] = halves.map((handle) => ({ handle }));
  if (output !== undefined) {
    await writeInto(call, "complex.out", { real, imag }, [output]);
    return NULL;
  }
  const made = await make(call, "complex", { real, imag });
  if (options.layout === "sparse") await convertTensor(call, made, { layout: "sparse" });
  return finish(call, made, options);
}

/** Both halves of an array along its first or last dimension. */
async function split(call: Call, whole: Handle, first: boolean): Promise<Handle[]> {
  const { size } = call.engine.describe(whole);
  if (size.length === 0) fail("complex: single input array must have one or more dimensions");
  if (size.at(first ? 0 : -1) !== 2n) {
    const where = first
      ? "first dimension of size 2 (real;imaginary)"
      : "last dimension of size 2 (real,'imaginary)";
    fail(`complex: single input array must have a ${where}, given size of [${size.join(", ")}]`);
  }
  const halves: Handle[] = [];
  for (const i of [0n, 1n]) {
    const args = { self: { handle: whole }, dim: first ? 0n : -1n, index: i };
    halves.push(call.keep(await make(call, "select.int", args)));
  }
  return halves;
}

// the parts ------------------------------------------------------------------------------------------------------

/** A tensor, whose parts are answered as k values; or a tensor enlisted, for handles. */
export interface Asked {
  readonly handle: Handle;
  readonly as: "k" | "handle";
}

/** @returns undefined for anything but a tensor of its own */
export function tensorAsked(call: Call, x: K): Asked | undefined {
  const alone = asHandle(x) !== undefined;
  const object = alone ? x : x instanceof List && x.count === 1 ? x.items[0]! : undefined;
  const handle = object === undefined ? undefined : objectOf(call, object, "tensor");
  return handle === undefined ? undefined : { handle, as: alone ? "k" : "handle" };
}

const part =
  (name: string) =>
  (call: Call, x: K): Soon<K> => {
    const asked = tensorAsked(call, x);
    if (asked === undefined || call.engine.describe(asked.handle).complex !== true)
      return fail(
        `${name}: expects a complex tensor (enlist to return tensor ptr), given ${describe(call, x)}`,
      );
    return after(strided(call, asked.handle), (handle) =>
      after(invoke(call, name, { self: { handle } }, asked.as), answer),
    );
  };

/** libtorch takes sparse tensors apart only where they are dense. */
function strided(call: Call, handle: Handle): Soon<Handle> {
  if (call.engine.describe(handle).layout !== "sparse") return handle;
  return after(make(call, "to_dense", { self: { handle } }), (dense) => call.keep(dense));
}

export const complexTopic: Topic = page("complex", {
  real: part("real"),
  imag: part("imag"),
  isreal: part("isreal"),
});
