/**
 * The table of generic operator functions (DESIGN, decision 6): a row names the ATen operator and what follows the
 * inputs. The rule for all of them stands here once: k arrays in, a k array out; any tensor in, a handle out; with an
 * output tensor last, the result is written there; with `::` or () in its place, into the first input.
 */

import { Atom, isNull, type K, List, NULL } from "../../../protocol/values.js";
import { asHandle } from "../../engine/handle.js";
import type { Handle, OperatorArg, Soon } from "../../engine/index.js";
import { nameOf } from "../args/ktypes.js";
import {
  after,
  answer,
  anyTensor,
  asFlag,
  asLong,
  asLongs,
  asNumber,
  asSymbol,
  encoded,
  fail,
  resolve,
  scalarOf,
  spread,
} from "../args/read.js";
import { isArray } from "../args/values.js";
import { type Call, page, type Topic } from "../call.js";

/** Reads one optional argument; undefined where the item is of another type. */
type Option = (item: K) => OperatorArg | undefined;

const OPTIONS = {
  dim: asLong,
  dims: (item: K) => asLongs(item),
  size: (item: K) => (item instanceof List && item.count === 0 ? [] : asLongs(item)),
  flag: asFlag,
  dtype: asSymbol,
  number: asNumber,
} satisfies Record<string, Option>;

interface OperatorRow {
  readonly name: string;
  readonly page: string;
  /** Without `aten::`. In place it ends in `_`. */
  readonly operator: string;
  readonly overload: string;
  /** The overload with an output tensor; undefined where there is none. */
  readonly out: string | undefined;
  readonly inputs: 1 | 2;
  /** A number as second input is weaker than any tensor in type promotion. */
  readonly weak: boolean;
  /** What follows the inputs, in the operator's order; each is optional unless `required`. */
  readonly options: readonly Option[];
  readonly required: number;
  readonly inplace: boolean;
  /** The arguments in words, for errors. */
  readonly expects: string;
}

const DEFAULTS = {
  overload: "",
  out: undefined,
  inputs: 1,
  weak: false,
  options: [],
  required: 0,
  inplace: false,
} as const;

const unary = (name: string, operator = name.toLowerCase()): OperatorRow => ({
  ...DEFAULTS,
  name,
  page: "math-pointwise",
  operator,
  out: "out",
  inplace: true,
  expects: "(x;output)",
});

const binary = (name: string, operator: string, rest: Partial<OperatorRow> = {}): OperatorRow => ({
  ...DEFAULTS,
  name,
  page: "math-pointwise",
  operator,
  overload: "Tensor",
  out: "out",
  inputs: 2,
  inplace: true,
  expects: "(x;y;output)",
  ...rest,
});

const reduction = (name: string, operator: string, overload: string, out: string): OperatorRow => ({
  ...DEFAULTS,
  name,
  page: "math-reduce",
  operator,
  overload,
  out,
  options: [OPTIONS.dims, OPTIONS.flag, OPTIONS.dtype],
  expects: "(input;dim;keepdim;dtype;output)",
});

const shaping = (
  name: string,
  operator: string,
  options: readonly Option[],
  expects: string,
): OperatorRow => ({
  ...DEFAULTS,
  name,
  page: "tensorop",
  operator,
  options,
  required: options.length,
  expects,
});

const ROWS: readonly OperatorRow[] = [
  ...["Abs", "Acos", "Asin", "Atan", "ceil", "Cos", "cosh", "digamma", "erf", "erfc", "erfinv"].map((n) =>
    unary(n),
  ),
  ...["Exp", "expm1", "Floor", "frac", "lgamma", "Log", "log10", "log1p", "log2", "Neg"].map((n) => unary(n)),
  ...["Reciprocal", "round", "rsqrt", "sgn", "sign", "Sin", "sinh", "Sqrt", "Tan", "trunc"].map((n) =>
    unary(n),
  ),
  unary("bitwisenot", "bitwise_not"),
  unary("Not", "logical_not"),
  binary("add", "add", { options: [OPTIONS.number], inplace: false, expects: "(x;y;multiplier;output)" }),
  binary("mul", "mul", { weak: true }),
  binary("Div", "div", { weak: true }),
  reduction("mean", "mean", "dim", "out"),
  reduction("Sum", "sum", "dim_IntList", "IntList_out"),
  shaping("reshape", "reshape", [OPTIONS.size], "(input;size)"),
  shaping("View", "view", [OPTIONS.size], "(input;size)"),
  shaping("expand", "expand", [OPTIONS.size], "(input;size)"),
  shaping("narrow", "narrow", [OPTIONS.dim, OPTIONS.dim, OPTIONS.dim], "(input; dim; offset; size)"),
  shaping("detach", "detach", [], "(tensor)"),
];

/** One call's arguments, sorted. */
interface Sorted {
  readonly inputs: readonly K[];
  readonly options: readonly OperatorArg[];
  readonly output: Handle | undefined;
  readonly inplace: boolean;
}

/** Whether the items of a list are arguments, or the rows of the one array that the function takes. */
function itemsOf({ inputs, options }: OperatorRow, x: K): readonly K[] {
  if (inputs === 2) return spread(x);
  if (!(x instanceof List) || x.count === 0 || asHandle(x) !== undefined || isArray(x.items)) return [x];
  const last = x.items.at(-1)!;
  // Without options only an output can follow; anything else is an array, or the error of one.
  return options.length > 0 || asHandle(last) !== undefined || isNothing(last) ? x.items : [x];
}

function sort(call: Call, wanted: OperatorRow, x: K): Sorted {
  const items = itemsOf(wanted, x);
  const most = wanted.inputs + wanted.options.length + (wanted.out === undefined ? 0 : 1);
  const least = wanted.inputs + wanted.required;
  const wrong = (): never => fail(`${wanted.name}: unrecognized arg(s), expecting ${wanted.expects}`);
  if (items.length < least && wanted.inputs === 2 && x instanceof Atom)
    return fail(`${wanted.name}: not implemented for ${nameOf(x)}`);
  if (items.length < least || items.length > most) return wrong();
  const inputs = items.slice(0, wanted.inputs);
  let rest = items.slice(wanted.inputs);
  const last = rest.at(-1);
  const output = last === undefined || wanted.out === undefined ? undefined : resolve(call, last);
  if (output !== undefined && output.kind !== "tensor") return wrong();
  const inplace = output === undefined && wanted.inplace && last !== undefined && isNothing(last);
  if (output !== undefined || inplace) rest = rest.slice(0, -1);
  const options = wanted.options.map((option) => {
    const value = rest[0] === undefined ? undefined : option(rest[0]);
    if (value !== undefined) rest = rest.slice(1);
    return value;
  });
  if (rest.length > 0 || options.slice(0, wanted.required).includes(undefined)) return wrong();
  return { inputs, options, output: output?.handle, inplace };
}

const isNothing = (x: K): boolean => isNull(x) || (x instanceof List && x.count === 0);

/** An input for the engine; a number that is weaker than tensors is a plain one. */
function argument(call: Call, x: K, name: string, weak: boolean): OperatorArg {
  const found = resolve(call, x);
  if (found === undefined) return (weak ? scalarOf(x) : undefined) ?? encoded(x);
  return found.kind === "tensor"
    ? { handle: found.handle }
    : fail(`${name}: not implemented for ${found.kind}`);
}

function run(call: Call, wanted: OperatorRow, x: K): Soon<K> {
  const { name, operator, overload, out } = wanted;
  const { inputs, options, output, inplace } = sort(call, wanted, x);
  const asK = !anyTensor(call, inputs);
  const args = inputs.map((item, i) => argument(call, item, name, wanted.weak && i > 0));
  const atens = (suffix: string, which: string, all: readonly OperatorArg[], k: boolean) =>
    call.engine.op(`aten::${operator}${suffix}`, which, [...all], k, call.settings.complexFirst);
  if (output !== undefined) {
    const all = [...args, ...options, { handle: output }];
    return after(atens("", out!, all, false), (made) => ended(call, made as Handle));
  }
  if (!inplace) return after(atens("", overload, [...args, ...options], asK), answer);
  if (asK && inputs.length === 1) return fail(`${name}: need an output tensor, given ${nameOf(NULL)}`);
  return after(atens("_", overload, [...args, ...options], asK), (made) =>
    asK ? answer(made) : ended(call, made as Handle),
  );
}

/** The operator has written into a tensor that the caller knows: a second handle to it is not wanted. */
function ended({ engine }: Call, handle: Handle): K {
  engine.release(handle);
  return NULL;
}

// functions that choose between operators ----------------------------------------------------------------------

/** A matrix turned, or two dimensions exchanged. */
function transpose(call: Call, x: K): Soon<K> {
  const dims = x instanceof List && x.count === 3 ? x.items.slice(1).map(asLong) : [];
  const chosen = dims.length === 2 && !dims.includes(undefined);
  const wanted = chosen
    ? {
        ...shaping("transpose", "transpose", [OPTIONS.dim, OPTIONS.dim], "(input;dim1;dim2)"),
        overload: "int",
      }
    : shaping("transpose", "t", [], "(input;dim1;dim2)");
  return run(call, wanted, x);
}

/** One position along a dimension, or several. */
function index(call: Call, x: K): Soon<K> {
  if (!(x instanceof List)) return fail(`index: not implemented for ${nameOf(x)}`);
  if (asHandle(x) !== undefined || x.count !== 3)
    return fail(`index: expecting 3 args, (input;dim;ind), given ${asHandle(x) === undefined ? x.count : 1}`);
  const [input, dim, which] = x.items as [K, K, K];
  const at = asLong(dim) ?? fail(`index: 2nd argument of dimension expected, given ${nameOf(dim)}`);
  const { engine, settings } = call;
  const asK = !anyTensor(call, [input]);
  const source = argument(call, input, "index", false);
  const one = asLong(which);
  const indices = resolve(call, which);
  if (one === undefined && indices?.kind !== "tensor" && asLongs(which) === undefined)
    fail(`index: 3rd argument of index/indices expected, given ${indices?.kind ?? nameOf(which)}`);
  const part =
    one === undefined
      ? engine.op(
          "aten::index_select",
          "",
          [source, at, argument(call, which, "index", false)],
          asK,
          settings.complexFirst,
        )
      : engine.op("aten::select", "int", [source, at, one], asK, settings.complexFirst);
  return after(part, answer);
}

export const operatorTopic: Topic = [
  ...ROWS.flatMap((wanted) => page(wanted.page, { [wanted.name]: (call, x) => run(call, wanted, x) })),
  ...page("tensorop", { transpose, index }),
];
