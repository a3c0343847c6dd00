/**
 * Creation modes of `tensor`: (mode; arguments; options or output tensor), the functions of the tensors page that make
 * tensors of sizes, numbers or an example. A mode is a row of forms as an operator is; its operators take data type,
 * layout, device and pinning by name.
 */
import { Atom, type K, NULL } from "../../../protocol/values.js";
import type { Handle, Soon } from "../../engine/index.js";
import { dtypeOfK, isFloating } from "../args/dtypes.js";
import { invoke, make, type OperatorArgs, writeInto } from "../args/invoke.js";
import { after, asSymbol, encoded, fail, objectOf } from "../args/read.js";
import { optionNames, readTensorOptions, type TensorOptions } from "../args/tensor_options.js";
import type { Call } from "../call.js";
import { type Form, form, input } from "../math/forms.js";
import { long, number, scalar, size } from "../math/options.js";
import { type Reading, readForm } from "../math/read.js";
import { createComplex } from "./complex.js";
import { finish } from "./convert.js";

interface Mode {
  readonly forms: readonly Form[];
  /** The data type where no option names one; undefined leaves it to the operator (that of an example tensor). */
  readonly dtype: (call: Call, reading: Reading) => string | undefined;
  readonly sparse: boolean;
  /** Floating point and complex types only. */
  readonly floating: boolean;
}

const example = input("tensor", "self", { only: "handle" });

const byDefault: Mode["dtype"] = (call, { inputs }) =>
  inputs.length > 0 ? undefined : call.settings.defaultDtype;

const mode = (forms: readonly Form[], rest: Partial<Omit<Mode, "forms">> = {}): Mode => ({
  forms,
  dtype: byDefault,
  sparse: false,
  floating: false,
  ...rest,
});

/** A mode that takes a size or an example tensor. */
const sized = (operator: string, rest: Partial<Mode> = {}): Mode => {
  const [base] = operator.split(".");
  return mode(
    [form([size("size").must()], operator, { out: "out" }), form([example], `${base}_like`, { out: "out" })],
    rest,
  );
};

/** The type of a tensor filled with a k atom. */
const ofFill: Mode["dtype"] = (_call, { items }) => {
  const value = items[1];
  return value instanceof Atom ? dtypeOfK(-value.type) : undefined;
};

const fillValue = scalar("value").to("fill_value").must();
const low = long("low").must();
const high = long("high").must();
const start = number("start").must();
const end = number("end").must();
const step = number("step");
const steps = long("steps");

/** The end alone: from 0 in steps of 1. */
const endAlone = (operator: string, out: string): Form =>
  form([end], operator, { out, derive: (options) => ({ start: 0n, step: 1n, ...options }) });

const stepped = (operator: string, out: string): Form =>
  form([start, end, step], operator, { out, derive: (options) => ({ step: 1n, ...options }) });

const spaced = (operator: string, base: boolean): Form =>
  form([start, end, steps, ...(base ? [number("base")] : [])], operator, {
    out: "out",
    derive: (options) => ({ steps: 100n, ...options, ...(base && { base: Number(options.base ?? 10) }) }),
  });

const always =
  (dtype: string): Mode["dtype"] =>
  (_call, { inputs }) =>
    inputs.length > 0 ? undefined : dtype;

/** Whole numbers make whole numbers. */
const ofNumbers: Mode["dtype"] = ({ settings }, { options }) =>
  Object.values(options).every((x) => typeof x === "bigint") ? "long" : settings.defaultDtype;

const indices = input("indices", "indices");
const values = input("values", "values");

const CREATION_MODES: Readonly<Record<string, Mode>> = {
  empty: sized("empty.memory_format", { sparse: true }),
  zeros: sized("zeros", { sparse: true }),
  ones: sized("ones"),
  rand: sized("rand", { floating: true }),
  randn: sized("randn", { floating: true }),
  full: mode(
    [
      form([size("size").must(), fillValue], "full", { out: "out" }),
      form([example, fillValue], "full_like", { out: "out" }),
    ],
    { dtype: ofFill },
  ),
  randint: mode(
    [
      form([high, size("size").must()], "randint", { out: "out" }),
      form([low, high, size("size").must()], "randint.low", { out: "low_out" }),
      form([example, high], "randint_like", { out: "out" }),
      form([example, low, high], "randint_like.low_dtype", { out: "low_dtype_out" }),
    ],
    { dtype: always("long") },
  ),
  randperm: mode([form([long("n").must()], "randperm", { out: "out" })], { dtype: always("long") }),
  range: mode([endAlone("range.step", "out"), stepped("range.step", "out")]),
  arange: mode([endAlone("arange.start_step", "start_out"), stepped("arange.start_step", "start_out")], {
    dtype: ofNumbers,
  }),
  linspace: mode([spaced("linspace", false)]),
  logspace: mode([spaced("logspace", true)]),
  eye: mode([
    form([long("n").must()], "eye", { out: "out" }),
    form([long("n").must(), long("m").must()], "eye.m", { out: "m_out" }),
  ]),
  sparse: mode(
    [
      form([size("size").must()], "sparse_coo_tensor.size"),
      form([indices, values], "sparse_coo_tensor.indices"),
      form([indices, values, size("size").must()], "sparse_coo_tensor.indices_size"),
    ],
    { sparse: true },
  ),
};

/** (mode; arguments; options), or an output tensor last. */
export function createByMode(call: Call, [first, ...rest]: readonly K[]): Soon<K> {
  const name = asSymbol(first)!;
  const row = CREATION_MODES[name];
  if (row === undefined && name !== "complex") return fail(`unrecognized tensor creation mode: ${name}`);
  const names = optionNames(rest.at(-1));
  const options = readTensorOptions(call.engine, names ?? []);
  const output = names === undefined && rest.length > 1 ? objectOf(call, rest.at(-1)!, "tensor") : undefined;
  const items = names === undefined && output === undefined ? rest : rest.slice(0, -1);
  const given = items[0] === undefined ? undefined : objectOf(call, items[0], "tensor");
  if (given !== undefined && !row?.forms.some(({ inputs }) => inputs.includes(example)))
    fail(`tensor: mode \`${name} not implemented with input tensors`);
  if (row === undefined) return createComplex(call, items, options, output);
  checkOptions(name, row, options, output);
  const reading = row.forms.map((each) => readForm(call, each, items)).find((found) => found !== undefined);
  if (reading === undefined || (name === "range" && items.length === 1 && output === undefined))
    return fail(`unrecognized argument(s) for tensor creation mode: ${name}`);
  if (name === "sparse") return makeSparse(call, reading, options);
  const args = argumentsOf(reading, given);
  if (output !== undefined) {
    const { operator } = reading.form.output as { operator: string };
    return after(writeInto(call, operator, args, [output]), () => NULL);
  }
  const { device, layout, pinned } = options;
  const dtype = options.dtype ?? row.dtype(call, reading);
  const all = { ...args, dtype, layout, device, pin_memory: pinned };
  return after(make(call, reading.form.operator, all), (made) => finish(call, made, options));
}

/** By ATen's names; an input of these modes is the example tensor. */
const argumentsOf = ({ form: { derive }, options }: Reading, given: Handle | undefined): OperatorArgs => ({
  ...derive(options),
  ...(given !== undefined && { self: { handle: given } }),
});

function checkOptions(
  name: string,
  { sparse, floating }: Mode,
  { dtype, layout, pinned }: TensorOptions,
  output?: Handle,
): void {
  if (name === "sparse") {
    if (output !== undefined) fail("tensor: sparse not implemented with output tensors");
    if (layout === "strided") fail("tensor: sparse mode incompatible with layout set to strided");
    if (pinned) fail("sparse tensors cannot have pinned memory");
  }
  if (layout === "sparse" && !sparse) fail(`${name}: not implemented for sparse tensors`);
  if (floating && dtype !== undefined && !isFloating(dtype))
    fail(`${name}: not implemented for ${dtype} tensors`);
}

/** The values decide the data type, whatever the operator is told. */
async function makeSparse(call: Call, reading: Reading, options: TensorOptions): Promise<K> {
  const { dtype, device } = options;
  const { operator } = reading.form;
  const layout = "sparse";
  if (reading.inputs.length === 0) {
    const all = { ...reading.options, dtype: dtype ?? call.settings.defaultDtype, layout, device };
    return finish(call, await make(call, operator, { ...all, pin_memory: options.pinned }), options);
  }
  const [where, what] = reading.inputs.map(encoded);
  const handle = call.keep(
    await call.engine.create(what!, { ...(dtype && { dtype }), ...(device && { device }) }),
  );
  const parts: OperatorArgs = { indices: where, values: { handle }, ...reading.options };
  // libtorch 2 trusts the indices that it is given
  if ("size" in parts) await invoke(call, "_validate_sparse_coo_tensor_args", parts, "handle");
  return finish(call, await make(call, operator, { ...parts, layout, device }), options);
}
