/**
 * Modules without parameters as functions of their input and options (activations, pooling, padding, images). A row of the
 * table of types serves both: the function makes the module, computes, and lets it go.
 */
import * as k from "../../../protocol/make.js";
import { type K, List, NULL, Vector } from "../../../protocol/values.js";
import { asHandle } from "../../engine/handle.js";
import type { Handle, OptionValue, Soon } from "../../engine/index.js";
import { isArrayOf } from "../args/arrays.js";
import { invoke, make } from "../args/invoke.js";
import { nameOf } from "../args/ktypes.js";
import { after, answer, fail, input, objectOf } from "../args/read.js";
import { isNumeric } from "../args/values.js";
import { type Call, page, type Topic } from "../call.js";
import {
  type Arguments,
  engineOptions,
  type OptionValues,
  type Shape,
  splitArguments,
} from "./definitions.js";
import { eachWithValues } from "./given.js";
import { moduleOptions } from "./specs.js";
import { LAYERS } from "./types/layers.js";
import { dtype, type LayerRow, long } from "./types/rows.js";

/**
 * What a general list is: `array`: the input where its first items have one type and size, else input and options;
 * `args`: always input and options; `input`: always the input, as there are no options.
 */
type Taken = "array" | "args" | "input";

/** The inputs and what follows them. */
interface Given {
  readonly inputs: readonly K[];
  /** Undefined where the input stands alone. */
  readonly rest: readonly K[] | undefined;
}

type Take = (who: string, x: K, count: number) => Given;

/** As many items tell whether a list is one array. */
const TOLD_BY = 3;

const alone = (x: K): Given => ({ inputs: [x], rest: undefined });
const split = (x: List, count: number): Given => ({
  inputs: x.items.slice(0, count),
  rest: x.items.slice(count),
});

const TAKEN: Readonly<Record<Taken, Take>> = {
  input: (_who, x) => alone(x),
  array: (_who, x, count) => {
    if (asHandle(x) !== undefined) return alone(x);
    if (!(x instanceof List)) return isNumeric(x) ? alone(x) : missing(x);
    return isArrayOf(x, TOLD_BY) ? alone(x) : split(x, count);
  },
  args: (who, x, count) => {
    if (!(x instanceof List)) return fail(`${who} not implemented for ${nameOf(x)}`);
    if (x.count > 0 && x.count < count)
      fail(`invalid offset: ${count}, for general list of length ${x.count}`);
    return split(x, count);
  },
};

/** Functions that have ways of their own. */
const OWN: Readonly<Record<string, Take>> = {
  /** The last of the arguments may be a tensor that takes the result. */
  normalize: (_who, x) => {
    if (!(x instanceof List) || asHandle(x) !== undefined) return alone(x);
    const last = x.items.at(-1);
    const output = x.count > 1 && last !== undefined && asHandle(last) !== undefined;
    const { inputs, rest } = split(x, 1);
    return output ? { inputs: [...inputs, last], rest: rest!.slice(0, -1) } : { inputs, rest };
  },
  randomcrop: (who, x) => {
    if (!(x instanceof List)) return fail(`${who}: not implemented for ${nameOf(x)}`);
    if (x.count < 2 || x.count > 5)
      fail(`${who}: 2-5 args expected, (input;size;pad;padmode;value), but ${x.count} given`);
    return split(x, 1);
  },
  randomflip: (who, x) =>
    x instanceof List ? TAKEN.array(who, x, 1) : fail(`${who}: not implemented for ${nameOf(x)}`),
  /** A simple list is a number, mean and deviation. */
  zscore: (who, x) => {
    if (x instanceof List) return split(x, 1);
    if (!(x instanceof Vector)) return fail(`${who}: not implemented for ${nameOf(x)}`);
    if (x.count !== 3) fail(`${who}: expecting 3-element list, given ${x.count} element(s)`);
    return { inputs: [k.at(x, 0)], rest: [k.at(x, 1), k.at(x, 2)] };
  },
};

/** Options as a definition of the type has them after its inputs. */
const argumentsOf = (x: K, inputs: readonly K[], rest: readonly K[]): Arguments => ({
  ...splitArguments(rest, 0, k.EMPTY),
  before: inputs.length,
  whole: x,
});

// by a module --------------------------------------------------------------------------------------------------------

function compute(call: Call, row: LayerRow, take: Take, x: K): Soon<K> {
  const { inputs, rest } = take(row.name, x, row.inputs.length);
  return after(eachWithValues(call, rest ?? []), (items) => {
    const values = moduleOptions(row, argumentsOf(x, inputs, items));
    return inputs.length === 0 ? missing(x) : evaluated(call, row, values, inputs);
  });
}

const missing = (x: K): never => fail(`unable to index ${nameOf(x)}, element: 0`);

/** In evaluation mode: rrelu has one slope. A tensor changed in place is no result. */
function evaluated(call: Call, row: LayerRow, values: OptionValues, xs: readonly K[]): Soon<K> {
  const { engine } = call;
  const inputs = xs.map((x) => input(call, x, row.name));
  const tensors = inputs.filter((each) => typeof each === "number");
  const inPlace = values.get("inplace")?.value === true && tensors.length > 0;
  const spec = {
    type: row.name,
    name: "",
    options: engineOptions(values),
    definition: NO_DEFINITION,
    children: [],
  };
  return after(engine.module(spec), (module) =>
    after(engine.forward(call.keep(module), inputs, "evalgrad", tensors.length === 0), (result) => {
      if (!inPlace) return answer(result);
      engine.release(result as Handle);
      return NULL;
    }),
  );
}

const NO_DEFINITION = new Uint8Array();

const BY_MODULE: Readonly<Record<Taken, readonly string[]>> = {
  input: ["logsigmoid", "softsign", "tanhshrink"],
  array: [
    ...["relu", "relu6", "selu", "elu", "celu", "leakyrelu", "hardshrink", "softshrink", "glu", "rrelu"],
    ...["hardtanh", "softplus", "threshold", "onehot"],
  ],
  args: [
    ...["maxpool", "avgpool", "adaptmax", "adaptavg"].flatMap((name) => [1, 2, 3].map((d) => `${name}${d}d`)),
    ...["fmaxpool2d", "fmaxpool3d", "lppool1d", "lppool2d", "fold", "unfold", "pad", "interpolate"],
    ...["pairwise", "similar"],
  ],
};

// softmax ------------------------------------------------------------------------------------------------------------

const softmaxShape = (name: string): Shape => ({
  name,
  options: [long("dim", { fallback: null }), dtype("dtype", { fallback: null })],
  refusal: "unrecognized arg(s), expecting dim or (dim;data type)",
  refusesValues: true,
});

/** (x), (x;dim), (x;dim;dtype) or names and values. The usual dimension is the first or second, by how many there are. */
const softmax =
  (name: string, operator: string, negative = false) =>
  (call: Call, x: K): Soon<K> => {
    const { inputs, rest } = TAKEN.array(name, x, 1);
    const shape = softmaxShape(name);
    const args = argumentsOf(x, inputs, rest ?? []);
    if (rest !== undefined && args.positional.length + args.pairs.length === 0)
      fail(`${name}: ${shape.refusal}`);
    const values = rest === undefined ? undefined : moduleOptions(shape, args);
    const handle = objectOf(call, inputs[0]!, "tensor");
    return after(handle ?? call.engine.create(input(call, inputs[0]!, name)), (self) => {
      if (handle === undefined) call.keep(self);
      const dim = values === undefined ? usualDimension(call, self) : values.get("dim")!.value;
      if (dim === null) fail(`specify the dimension along which ${name} will be computed`);
      const dtype = (values?.get("dtype")?.value ?? undefined) as string | undefined;
      return after(negative ? make(call, "neg", { self: { handle: self } }) : self, (of) => {
        if (negative) call.keep(of);
        const options = { self: { handle: of }, dim: dim as OptionValue, dtype };
        return after(invoke(call, operator, options, handle === undefined ? "k" : "handle"), answer);
      });
    });
  };

function usualDimension({ engine }: Call, handle: Handle): bigint {
  const { dim, defined } = engine.describe(handle);
  return !defined || dim === 0n || dim === 1n || dim === 3n ? 0n : 1n;
}

const byModule = (names: readonly string[], takeOf: (name: string) => Take): Topic =>
  names.flatMap((name) => {
    const take = takeOf(name);
    const row = LAYERS.get(name)!;
    return page("functional", { [name]: (call, x) => compute(call, row, take, x) });
  });

/** Unlike the module, the function begins with the first dimension. */
const FLATTEN: LayerRow = {
  ...LAYERS.get("flatten")!,
  options: [long("start", { fallback: 0 }), long("end", { fallback: -1 })],
};

export const functionalTopic: Topic = [
  ...page("math-other", { flatten: (call, x) => compute(call, FLATTEN, TAKEN.array, x) }),
  ...Object.entries(BY_MODULE).flatMap(([taken, names]) => byModule(names, () => TAKEN[taken as Taken])),
  ...byModule(Object.keys(OWN), (name) => OWN[name]!),
  ...page("functional", {
    softmax: softmax("softmax", "softmax.int"),
    softmin: softmax("softmin", "softmax.int", true),
    logsoftmax: softmax("logsoftmax", "log_softmax.int"),
  }),
];
