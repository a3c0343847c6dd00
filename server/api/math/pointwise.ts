/** Element by element (math-pointwise page). */
import { asLong } from "../args/read.js";
import { safeDivisor } from "./before.js";
import {
  always,
  type Before,
  type Extra,
  fn,
  form,
  type Given,
  input,
  type OperatorRow,
  type Words,
  x,
  y,
} from "./forms.js";
import { isNothing, long, maybeNumber, number } from "./options.js";

const PAGE = "math-pointwise";

const unary = (name: string, operator = name.toLowerCase()): OperatorRow =>
  fn(PAGE, name, form([x], operator, { out: "out", inplace: true }));

/** Words of the functions of two tensors. */
const BINARY: Words = {
  ...always("{who}: expecting 2-3 args, (x;y) or (x;y;output), but given {n}"),
  refused: "{who}: not implemented for {type}",
  simple: "{who}: unable to derive a pair of values from inputs of size [{n}]",
  wrong: "{who}: need an output tensor for 3rd argument, given {last}",
};

/** A second number is weaker than a tensor, but where the result has a tensor to go into. */
const weak = input("y", "other", { only: "scalar", weak: true });
const wide = input("y", "other", { wide: true });

/** @param out the operator's overload with an output */
const arithmetic = (
  name: string,
  operator: string,
  out: string,
  { before, ...extra }: Extra & { readonly before?: Before } = {},
): OperatorRow =>
  fn(
    PAGE,
    name,
    [
      form([x, weak], `${operator}.Scalar`, { inplace: true, before }),
      form([x, wide], `${operator}.Tensor`, { out, inplace: true, before }),
    ],
    { inplaceK: "array", words: BINARY, ...extra },
  );

const notInPlace = ({ items }: Given): string =>
  isNothing(items.at(-1)!) ? "{who}: no in-place call implemented" : (BINARY.wrong as string);

/** A second number is a long or a double of no dimensions. */
export const binary = (page: string, name: string, operator: string, inplace?: true): OperatorRow =>
  fn(page, name, form([x, wide], operator, inplace ? { out: "out", inplace } : { out: "out" }), {
    inplaceK: "array",
    words: inplace ? BINARY : { ...BINARY, wrong: notInPlace },
  });

const NUMBER = { only: "number", weak: true } as const;

/** A number and a tensor, a tensor and a number, or two tensors. */
const power = (name: string, operator: string): OperatorRow =>
  fn(
    PAGE,
    name,
    [
      form([input("x", "self", NUMBER), input("y", "exponent")], `${operator}.Scalar`, { out: "Scalar_out" }),
      form([x, input("y", "exponent", NUMBER)], `${operator}.Tensor_Scalar`, {
        out: "Tensor_Scalar_out",
        inplace: `${operator}_.Scalar`,
      }),
      form([input("x", "self", { only: "tensor" }), input("y", "exponent")], `${operator}.Tensor_Tensor`, {
        out: "Tensor_Tensor_out",
        inplace: `${operator}_.Tensor`,
      }),
    ],
    {
      inplaceK: "array",
      words: {
        ...always("{who}: expects inputs x,y with optional output tensor or null as 3rd arg"),
        wrong: notOnScalar,
      },
    },
  );

function notOnScalar({ items }: Given): string {
  const [, , last] = items;
  return last !== undefined && isNothing(last)
    ? "{who}: cannot be called in-place on a scalar"
    : "{who}: expects inputs x,y with optional output tensor or null as 3rd arg";
}

/** (x;y;z;multiplier;output) */
const product = (name: string): OperatorRow =>
  fn(
    PAGE,
    name,
    form([x, input("y", "tensor1"), input("z", "tensor2"), number("multiplier").to("value")], name, {
      out: "out",
    }),
    {
      words: {
        count: "{who}: 3-5 args expected, ({form}), but {n} given",
        wrong: "{who}: unrecognized arg(s) expecting 3-5 args, ({form})",
        simple: "{who}: 3-4 inputs expected, (x;y;z;multiplier), but {n} given",
      },
    },
  );

const end = input("y", "end");

/** More dimensions than this are a mistake, and would be computed for ever. */
const MOST_GAMMA = 1_000_000n;

function limits({ items }: Given): string {
  return items.slice(1, 3).filter((item) => maybeNumber("").read(item) !== undefined).length < 2
    ? "{who}: expecting 2nd & 3rd arg to be numeric low & high limits"
    : "{who}: unexpected arg(s), expecting (input;lo;hi) or (input;lo;hi;output)";
}

const ENDS = "{who}: 3-4 arguments expected, (x;y;wt;output), but {n} supplied";
const ends = ({ n }: Given): string =>
  n === 4 ? "{who}: optional 4th arg is an output tensor, but given {last}" : ENDS;

/** The first word is spelt as in ktorch. */
function gamma({ items, n, type }: Given): string {
  const [, p] = items;
  if (p === undefined || asLong(p) === undefined)
    return `{who}: 2nd argument of number of dimensions expected, given ${type(1)}`;
  if (n > 3) return "mvlgammma: 2-3 arguments expected, (x;p;output), but {n} supplied";
  return `{who}: optional 3rd arg is an output tensor, but given ${type(2)}`;
}

export const POINTWISE: readonly OperatorRow[] = [
  ...["Abs", "Acos", "Asin", "Atan", "ceil", "Cos", "cosh", "digamma", "erf", "erfc", "erfinv"].map((n) =>
    unary(n),
  ),
  ...["Exp", "expm1", "Floor", "frac", "lgamma", "Log", "log10", "log1p", "log2", "Neg"].map((n) => unary(n)),
  ...["Reciprocal", "round", "rsqrt", "sgn", "sigmoid", "sign", "Sin", "sinh", "Sqrt", "Tan", "tanh"].map(
    (n) => unary(n),
  ),
  unary("trunc"),
  unary("bitwisenot", "bitwise_not"),
  unary("Not", "logical_not"),
  fn(PAGE, "angle", form([x], "angle", { out: "out" }), { words: { wrong: "{who}: no in-place method" } }),
  arithmetic("mul", "mul", "out", { who: "multiply" }),
  arithmetic("Div", "div", "out", { who: "divide" }),
  arithmetic("fmod", "fmod", "Tensor_out", { before: safeDivisor }),
  arithmetic("remainder", "remainder", "Tensor_out", { before: safeDivisor }),
  binary(PAGE, "atan2", "atan2", true),
  binary(PAGE, "xor", "logical_xor", true),
  power("pow", "pow"),
  power("fpow", "float_power"),
  fn(PAGE, "add", form([x, y, number("multiplier").to("alpha")], "add.Tensor", { out: "out" }), {
    words: {
      count: "{who}: 2-4 args expected, ({form}), but {n} given",
      wrong: "{who}: unrecognized arg(s) expecting 2-4 args, ({form})",
      simple: "{who}: 2-3 inputs expected, (x;y;multiplier), but {n} given",
    },
  }),
  product("addcmul"),
  product("addcdiv"),
  fn(
    PAGE,
    "clamp",
    form([x, maybeNumber("lo").to("min").must(), maybeNumber("hi").to("max").must()], "clamp", {
      out: "out",
    }),
    { list: "args", words: { ...always(limits), refused: "{who}: not implemented for {type}" } },
  ),
  fn(
    PAGE,
    "lerp",
    [
      form([x, end, number("wt").to("weight").must()], "lerp.Scalar", { out: "Scalar_out" }),
      form([x, end, input("wt", "weight")], "lerp.Tensor", { out: "Tensor_out" }),
    ],
    {
      words: {
        count: ENDS,
        wrong: "{who}: optional 4th arg is an output tensor, but given {last}",
        simple: ends,
      },
    },
  ),
  fn(PAGE, "mvlgamma", form([x, long("p").must()], "mvlgamma", { out: "out" }), {
    guard: ({ p }) =>
      (p as bigint) > MOST_GAMMA ? `expecting at most ${MOST_GAMMA} dimensions, given ${p}` : undefined,
    words: { count: gamma, few: gamma, simple: gamma, wrong: gamma },
  }),
];
