/** Comparing and ordering (math-compare page). */
import { asFlag, asLong } from "../args/read.js";
import { always, fn, form, type Given, input, type OperatorRow, x, y } from "./forms.js";
import { double, flag, long } from "./options.js";
import { binary } from "./pointwise.js";

const PAGE = "math-compare";

/** (x;y;output); a number in y's place is weaker than x. */
const comparison = (name: string): OperatorRow =>
  fn(
    PAGE,
    name,
    [
      form([x, input("y", "other", { only: "number", weak: true })], `${name}.Scalar`, {
        out: "Scalar_out",
        inplace: true,
      }),
      form([x, y], `${name}.Tensor`, { out: "Tensor_out", inplace: true }),
    ],
    {
      inplaceK: "null",
      words: always(
        "{who}: expects args of(x;y;optional output tensor), x is array or tensor, y may also be a scalar",
      ),
    },
  );

const special = (name: string): OperatorRow => fn(PAGE, name, form([x], `is${name}`));

const within = (name: string, operator: string): OperatorRow =>
  fn(PAGE, name, form([x, y, double("rtol"), double("atol"), flag("nanflag").to("equal_nan")], operator), {
    words: {
      ...always(
        "{who}: expects (x;y), (x;y;nan equal), (x;y;rel tol), (x;y;rel tol;abs tol), or (x;y;rel;abs;nan equal)",
      ),
      refused: "{who}: not implemented for {type}",
      simple: "{who}: unable to derive a pair of values to compare from inputs of size [{n}]",
    },
  });

const dim = long("dim");

/** What is wrong with the arguments of topk, in ktorch's words. */
function topkWrong({ items, n, type }: Given): string {
  if (n === 6) return `{who}: unrecognized 6th argument, expecting outout vector, given ${type(5)}`;
  if (asLong(items[1]) === undefined) return `{who}: expecting number of values as 2nd arg, given ${type(1)}`;
  const after = asLong(items[2]) === undefined ? 2 : 3;
  if (after === 2 && asFlag(items[2]) === undefined)
    return `{who}: unrecognized 3rd arg, expecting dimension or largest flag, given ${type(2)}`;
  if (after === 3 && asFlag(items[3]) === undefined)
    return `{who}: unrecognized 4th arg, expecting largest flag, given ${type(3)}`;
  if (after === 2 && asFlag(items[3]) === undefined)
    return `{who}: unrecognized 4th arg, expecting sort flag, given ${type(3)}`;
  return after === 3
    ? `{who}: unrecognized 5th arg, expecting sort flag, given ${type(4)}`
    : `{who}: unexpected 5th arg, ${type(4)}`;
}

function kthWrong({ items, n, type }: Given): string {
  if (n === 5) return `{who}: unrecognized 5th argument, expecting outout vector, given ${type(5)}`;
  if (asLong(items[1]) === undefined) return `{who}: expecting k-th value as 2nd arg, given ${type(1)}`;
  if (asLong(items[2]) !== undefined)
    return `{who}: unrecognized 4th arg, expecting keepdim flag, given ${type(3)}`;
  return asFlag(items[2]) === undefined
    ? `{who}: unrecognized 3rd arg, expecting dim or keepdim flag, given ${type(2)}`
    : `{who}: unexpected 4th arg, ${type(3)}`;
}

function inWrong({ items, type }: Given): string {
  const [a, b, third] = items;
  if (a!.type < 0 && b!.type < 0) return "{who}: not implemented for inputs that are both scalars";
  return asFlag(third) === undefined
    ? `{who}: expecting 3rd arg to be unique flag, given ${type(2)}`
    : `{who}: expecting 4th arg to be invert flag, given ${type(3)}`;
}

const IN = [flag("unique").to("assume_unique"), flag("invert")];
const elements = input("x", "elements", { only: "array" });
const tests = input("y", "test_elements", { only: "array" });

export const COMPARE: readonly OperatorRow[] = [
  within("close", "isclose"),
  within("allclose", "allclose"),
  fn(PAGE, "equal", form([x, y], "equal"), {
    words: always("equal expects two input arrays/tensors to compare"),
  }),
  ...["eq", "ge", "gt", "le", "lt", "ne"].map(comparison),
  ...["finite", "inf", "nan", "neginf", "posinf"].map(special),
  ...["fmax", "fmin", "maximum", "minimum"].map((name) => binary(PAGE, name, name)),
  fn(
    PAGE,
    "sort",
    form([x, dim, flag("descend").to("descending"), flag("stable").or(false)], "sort.stable", {
      out: "vector",
    }),
  ),
  fn(PAGE, "msort", form([x], "msort", { out: "out" }), { words: { wrong: "{who}: no in-place method" } }),
  fn(PAGE, "argsort", form([x, dim, flag("descend").to("descending")], "argsort")),
  fn(
    PAGE,
    "topk",
    form([x, long("k").must(), dim, flag("largest"), flag("sort").to("sorted")], "topk", { out: "vector" }),
    {
      list: "args",
      words: {
        count: "{who}: expecting 2-6 args, (input;k;dim;largest;sort;output), given {n}",
        wrong: topkWrong,
      },
    },
  ),
  fn(PAGE, "kthvalue", form([x, long("k").must(), dim, flag("keepdim")], "kthvalue", { out: "vector" }), {
    list: "args",
    words: { count: "{who}: expecting 2-5 args, (input;k;dim;keepdim;output), given {n}", wrong: kthWrong },
  }),
  fn(
    PAGE,
    "In",
    [
      form([elements, tests, ...IN], "isin.Tensor_Tensor", { out: "Tensor_Tensor_out" }),
      form([elements, input("y", "test_element", { weak: true }), ...IN], "isin.Tensor_Scalar", {
        out: "Tensor_Scalar_out",
      }),
      form([input("x", "element", { weak: true }), tests, ...IN], "isin.Scalar_Tensor", {
        out: "Scalar_Tensor_out",
      }),
    ],
    {
      list: "args",
      words: { count: "{who}: expecting 2-5 args, (x;y;unique;invert;output), given {n}", wrong: inWrong },
    },
  ),
];
