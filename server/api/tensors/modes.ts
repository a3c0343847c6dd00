/**
 * Creation modes of `tensor`: (mode; arguments; options or output tensor). A mode is a row: how its arguments are read,
 * and the ATen operator that makes the tensor. Every such operator ends in data type, layout, device and pinning.
 */

import { Atom, type K, List, NULL, TYPE } from "../../../protocol/values.js";
import { handleK } from "../../engine/handle.js";
import type { Handle, OperatorArg, Result, Soon } from "../../engine/index.js";
import {
  after,
  asFlag,
  asLong,
  asLongs,
  asNumber,
  asSymbol,
  encoded,
  fail,
  objectOf,
  scalarOf,
} from "../args/read.js";
import type { Call } from "../call.js";
import { optionNames, readOptions, type TensorOptions } from "../options.js";
import { convertTensor } from "./convert.js";

/** How a tensor is made: an operator and its arguments before the options. */
interface Making {
  readonly operator: string;
  readonly overload?: string;
  readonly args: readonly OperatorArg[];
  /** The overload that writes into an output tensor, and its arguments where they are not the same. */
  readonly out: string;
  readonly outArgs?: readonly OperatorArg[];
  /** The data type where no option names one; undefined leaves it to the operator (that of an example tensor). */
  readonly dtype?: string | undefined;
}

interface Given {
  readonly items: readonly K[];
  /** A tensor instead of a size. */
  readonly example: Handle | undefined;
  readonly hasOutput: boolean;
  /** The default data type. */
  readonly dtype: string;
}

interface Mode {
  /** Undefined where the arguments do not fit. */
  readonly read: (given: Given) => Making | undefined;
  readonly takesExample?: boolean;
  readonly sparse?: boolean;
  /** Floating point and complex types only. */
  readonly floating?: boolean;
}

/** A size: a long, longs, or () for no dimensions. */
function sizeOf(x: K | undefined): bigint[] | undefined {
  return x instanceof List && x.count === 0 ? [] : asLongs(x);
}

/** A mode that takes a size, or an example tensor. */
const sized =
  (operator: string, overload = "", outRest: readonly OperatorArg[] = []) =>
  ({ items, example, dtype }: Given): Making | undefined => {
    if (example !== undefined && items.length === 0)
      return { operator: `${operator}_like`, args: [{ handle: example }], out: "out" };
    const size = items.length === 1 && example === undefined ? sizeOf(items[0]) : undefined;
    return size && { operator, overload, args: [size], out: "out", outArgs: [size, ...outRest], dtype };
  };

/** The type of a tensor filled with a k atom, and the atom as a number. */
const FILL: Readonly<Record<number, string>> = {
  [TYPE.boolean]: "bool",
  [TYPE.byte]: "byte",
  [TYPE.short]: "short",
  [TYPE.int]: "int",
  [TYPE.long]: "long",
  [TYPE.real]: "float",
  [TYPE.float]: "double",
  [TYPE.char]: "char",
};

function full({ items, example }: Given): Making | undefined {
  const [size, value] =
    example === undefined ? [sizeOf(items[0]), items[1]] : [{ handle: example }, items[0]];
  const number = scalarOf(value);
  const dtype = value instanceof Atom ? FILL[-value.type] : undefined;
  if (size === undefined || number === undefined || items.length !== (example === undefined ? 2 : 1))
    return undefined;
  return { operator: example === undefined ? "full" : "full_like", args: [size, number], out: "out", dtype };
}

/** (high;size), (low;high;size); with an example tensor instead of the size before them. */
function randint({ items, example }: Given): Making | undefined {
  const bounds = example === undefined ? items.slice(0, -1) : items;
  const size = example === undefined ? sizeOf(items.at(-1)) : undefined;
  const [first, second] = bounds.map(asLong);
  if (first === undefined || bounds.length > 2 || (bounds.length === 2 && second === undefined))
    return undefined;
  const limits = second === undefined ? [first] : [first, second];
  if (example !== undefined) {
    const overload = second === undefined ? "" : "low_dtype";
    return { operator: "randint_like", overload, args: [{ handle: example }, ...limits], out: "out" };
  }
  if (size === undefined) return undefined;
  const [overload, out] = second === undefined ? ["", "out"] : ["low", "low_out"];
  return { operator: "randint", overload, args: [...limits, size], out, dtype: "long" };
}

function randperm({ items }: Given): Making | undefined {
  const n = items.length === 1 ? asLong(items[0]) : undefined;
  return n === undefined ? undefined : { operator: "randperm", args: [n], out: "out", dtype: "long" };
}

/** start, end and step; an end alone where `start` has a default. */
const stepped =
  (operator: string, overload: string, out: string, endAlone: boolean) =>
  ({ items, hasOutput, dtype }: Given): Making | undefined => {
    const numbers = items.map(asNumber);
    if (numbers.includes(undefined) || numbers.length < 1 || numbers.length > 3) return undefined;
    if (numbers.length === 1 && !endAlone && !hasOutput) return undefined;
    const [start, end, step] = numbers.length === 1 ? [0n, numbers[0], undefined] : numbers;
    const whole = endAlone && numbers.every((n) => typeof n === "bigint");
    return { operator, overload, args: [start, end, step ?? 1n], out, dtype: whole ? "long" : dtype };
  };

/** start, end, number of steps (default 100), then what else the operator takes. */
const spaced =
  (operator: string, most: number) =>
  ({ items, dtype }: Given): Making | undefined => {
    const [start, end, base] = [items[0], items[1], items[3]].map(asNumber);
    const steps = items[2] === undefined ? 100n : asLong(items[2]);
    if (start === undefined || end === undefined || steps === undefined) return undefined;
    if (items.length > most || (items[3] !== undefined && base === undefined)) return undefined;
    const args = most === 4 ? [start, end, steps, Number(base ?? 10)] : [start, end, steps];
    return { operator, args, out: "out", dtype };
  };

function eye({ items, dtype }: Given): Making | undefined {
  const sizes = items.map(asLong);
  if (sizes.length < 1 || sizes.length > 2 || sizes.includes(undefined)) return undefined;
  const [overload, out] = sizes.length === 1 ? ["", "out"] : ["m", "m_out"];
  return { operator: "eye", overload, args: sizes, out, dtype };
}

/** A size, or indices and values, with the size where it is not the least one. */
function sparse({ items, dtype }: Given): Making | undefined {
  const operator = "sparse_coo_tensor";
  const [first, values, last] = items;
  if (first === undefined || items.length > 3) return undefined;
  const size = sizeOf(items.length === 1 ? first : last);
  if (items.length === 1) return size && { operator, overload: "size", args: [size], out: "", dtype };
  const parts = [encoded(first), encoded(values!)];
  if (items.length === 2) return { operator, overload: "indices", args: parts, out: "" };
  return size && { operator, overload: "indices_size", args: [...parts, size], out: "" };
}

const MODES: Readonly<Record<string, Mode>> = {
  empty: { read: sized("empty", "memory_format", [undefined]), takesExample: true, sparse: true },
  zeros: { read: sized("zeros"), takesExample: true, sparse: true },
  ones: { read: sized("ones"), takesExample: true },
  rand: { read: sized("rand"), takesExample: true, floating: true },
  randn: { read: sized("randn"), takesExample: true, floating: true },
  full: { read: full, takesExample: true },
  randint: { read: randint, takesExample: true },
  randperm: { read: randperm },
  range: { read: stepped("range", "step", "out", false) },
  arange: { read: stepped("arange", "start_step", "start_out", true) },
  linspace: { read: spaced("linspace", 3) },
  logspace: { read: spaced("logspace", 4) },
  eye: { read: eye },
  sparse: { read: sparse, sparse: true },
};

const FLOATING = ["float", "double", "half", "cfloat", "cdouble", "chalf"];

/** (mode; arguments; options), or an output tensor last. */
export function createByMode(call: Call, [first, ...rest]: readonly K[]): Soon<K> {
  const name = asSymbol(first)!;
  const mode = MODES[name];
  if (mode === undefined && name !== "complex") return fail(`unrecognized tensor creation mode: ${name}`);
  const names = optionNames(rest.at(-1));
  const options = readOptions(call.engine, names ?? []);
  const output = names === undefined && rest.length > 1 ? objectOf(call, rest.at(-1)!, "tensor") : undefined;
  const items = names === undefined && output === undefined ? rest : rest.slice(0, -1);
  const example = items[0] === undefined ? undefined : objectOf(call, items[0], "tensor");
  if (example !== undefined && !mode?.takesExample)
    fail(`tensor: mode \`${name} not implemented with input tensors`);
  if (mode === undefined) return createComplex(call, items, options, output);
  checkOptions(name, mode, options, output);
  const making = mode.read({
    items: example === undefined ? items : items.slice(1),
    example,
    hasOutput: output !== undefined,
    dtype: call.settings.defaultDtype,
  });
  if (making === undefined) return unrecognized(name);
  return output === undefined ? make(call, making, options, name) : writeInto(call, making, output);
}

const unrecognized = (name: string): never =>
  fail(`unrecognized argument(s) for tensor creation mode: ${name}`);

function checkOptions(
  name: string,
  mode: Mode,
  { dtype, layout, pinned }: TensorOptions,
  output?: Handle,
): void {
  if (name === "sparse") {
    if (output !== undefined) fail("tensor: sparse not implemented with output tensors");
    if (layout === "strided") fail("tensor: sparse mode incompatible with layout set to strided");
    if (pinned) fail("sparse tensors cannot have pinned memory");
  }
  if (layout === "sparse" && !mode.sparse) fail(`${name}: not implemented for sparse tensors`);
  if (mode.floating && dtype !== undefined && !FLOATING.includes(dtype))
    fail(`${name}: not implemented for ${dtype} tensors`);
}

function make(call: Call, making: Making, options: TensorOptions, name: string): Soon<K> {
  const { operator, overload = "", args } = making;
  if (name === "sparse" && args.length > 1) return makeSparse(call, making, options);
  const layout = name === "sparse" ? "sparse" : options.layout;
  const all = [...args, options.dtype ?? making.dtype, layout, options.device, options.pinned];
  return after(call.engine.op(`aten::${operator}`, overload, all, false, true), (made) =>
    finish(call, made as Handle, options),
  );
}

/** From indices and values: the values decide the data type, whatever the operator is told. */
async function makeSparse(call: Call, making: Making, options: TensorOptions): Promise<K> {
  const { engine } = call;
  const [indices, values, ...size] = making.args;
  const { dtype, device } = options;
  const handle = call.keep(await engine.create(values as Uint8Array, dtype, device));
  const parts = [indices, { handle }, ...size];
  if (size.length > 0) await withinSize(call, parts);
  const all = [...parts, undefined, "sparse", device];
  const made = await engine.op(`aten::${making.operator}`, making.overload!, all, false, true);
  return finish(call, made as Handle, options);
}

/** libtorch 2 trusts the indices that it is given. */
const withinSize = ({ engine }: Call, parts: readonly OperatorArg[]): Soon<Result> =>
  engine.op("aten::_validate_sparse_coo_tensor_args", "", [...parts], false, true);

/** What the operators that make tensors leave open. The handle ends when that fails. */
function finish(call: Call, handle: Handle, { memory, gradient }: TensorOptions): Soon<K> {
  const undo = (error: unknown): never => {
    call.engine.release(handle);
    throw error;
  };
  try {
    const ordered = memory?.startsWith("channel") ? convertTensor(call, handle, { memory }) : undefined;
    const done = after(ordered, () => {
      if (gradient) call.engine.setGradient(handle, true);
      return handleK(handle);
    });
    return done instanceof Promise ? done.catch(undo) : done;
  } catch (error) {
    return undo(error);
  }
}

function writeInto(call: Call, making: Making, output: Handle): Soon<K> {
  const { operator, args, out, outArgs = args } = making;
  const all = [...outArgs, { handle: output }];
  return after(call.engine.op(`aten::${operator}`, out, all, false, true), (written) => {
    call.engine.release(written as Handle); // a second handle to the output
    return NULL;
  });
}

// complex ------------------------------------------------------------------------------------------------------

const COMPONENT: Readonly<Record<string, string>> = { chalf: "half", cfloat: "float", cdouble: "double" };

/** (real; imaginary), or one array with both along its first or last dimension and an optional flag that says which. */
async function createComplex(
  call: Call,
  items: readonly K[],
  options: TensorOptions,
  output: Handle | undefined,
): Promise<K> {
  const { engine, settings } = call;
  const flag = asFlag(items[1]);
  if (items.length < 1 || items.length > 2) return unrecognized("complex");
  const target = output === undefined ? options.dtype : engine.describe(output).dtype;
  const wanted =
    target && (COMPONENT[target] ?? fail(`unable to create complex tensor with given datatype: ${target}`));
  const given = flag === undefined ? items : items.slice(0, 1);
  const parts: Handle[] = [];
  for (const item of given) parts.push(call.keep(await engine.create(encoded(item))));
  const dtypes = parts.map((part) => engine.describe(part).dtype);
  const [first, second] = dtypes;
  const floating = dtypes.every(isFloating);
  if (second !== undefined && floating && first !== second && options.dtype === undefined)
    fail(`complex: real input is ${first}, imaginary input is ${second}`);
  const component = wanted ?? dtypes.find(isFloating) ?? componentOf(settings.defaultDtype);
  for (const part of parts) await convertTensor(call, part, { dtype: component });
  const halves = parts.length === 2 ? parts : await split(call, parts[0]!, flag ?? settings.complexFirst);
  const args = halves.map((handle) => ({ handle }));
  if (output !== undefined) return writeInto(call, { operator: "complex", args, out: "out" }, output);
  const made = (await engine.op("aten::complex", "", args, false, true)) as Handle;
  if (options.layout === "sparse") await convertTensor(call, made, { layout: "sparse" });
  return finish(call, made, options);
}

const isFloating = (dtype: string): boolean => FLOATING.includes(dtype);

const componentOf = (dtype: string): string =>
  dtype === "double" || dtype === "cdouble" ? "double" : "float";

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
    const args = [{ handle: whole }, first ? 0n : -1n, i];
    const half = await call.engine.op("aten::select", "int", args, false, true);
    halves.push(call.keep(half as Handle));
  }
  return halves;
}
