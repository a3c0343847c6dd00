/**
 * What ktorch's pages lack of libtorch's operators (our own page, beyond ktorch): arguments in PyTorch's order, names
 * without underscores, a capital where q has the name.
 */
import { make } from "../args/invoke.js";
import { after } from "../args/read.js";
import { toReal } from "./before.js";
import { type Before, type Extra, type Form, fn, form, input, type OperatorRow, x, y } from "./forms.js";
import { choice, flag, long, maybeNumber, number, size, text } from "./options.js";

const PAGE = "beyond";

type Example = readonly [call: string, result: string];

const beyond = (
  name: string,
  help: string,
  example: Example,
  forms: Form | readonly Form[],
  extra: Extra = {},
): OperatorRow => fn(PAGE, name, forms, { help, example, ...extra });

/** (x;y;output) */
const pair = (name: string, help: string, example: Example): OperatorRow =>
  beyond(name, help, example, form([x, y], name, { out: "out" }));

const dim = long("dim");
const lastDim = dim.or(-1n);
const index = input("index", "index");

/** Positions as PyTorch takes them, of the type of the values that they lie among. */
const ofTheSameType: Before = (call, args) =>
  after(toReal(call, args), (real) =>
    after(make(call, "to.other", { self: real.q, other: real.self }), (q) => ({
      ...real,
      q: { handle: call.keep(q) },
    })),
  );

const MODES = ["linear", "lower", "higher", "midpoint", "nearest"];
const interpolation = choice("interpolation", MODES, "unrecognized interpolation: ");

const quantile = (name: string, help: string, example: Example): OperatorRow =>
  beyond(
    name,
    help,
    example,
    form([x, input("q", "q"), dim, flag("keepdim"), interpolation], name, {
      out: "out",
      before: ofTheSameType,
    }),
    { list: "args" },
  );

/** (x;dim;output vector): the values and where they were. */
const running = (name: string, help: string, example: Example): OperatorRow =>
  beyond(name, help, example, form([x, lastDim], name, { out: "vector" }));

const MOST_INDICES = 100_000_000n;

export const BEYOND: readonly OperatorRow[] = [
  pair("logaddexp2", "The base-2 logarithm of 2 to the power of x plus 2 to the power of y.", [
    "logaddexp2(1 2f;1 2f)",
    "2 3f",
  ]),
  pair("logaddexp", "The logarithm of e to the power of x plus e to the power of y.", [
    "logaddexp(0 0f;0 -0w)",
    "0.6931471805599453 0",
  ]),
  pair("hypot", "The square root of the sum of two squares.", ["hypot(3 5f;4 12f)", "5 13f"]),
  beyond(
    "nantonum",
    "Numbers in place of nulls and infinities: 0, the largest and the lowest where none are given.",
    ["nantonum(0n 0w -0w 1;0f;9f;-9f)", "0 9 -9 1f"],
    form([x, maybeNumber("nan"), maybeNumber("posinf"), maybeNumber("neginf")], "nan_to_num", {
      out: "out",
      inplace: true,
    }),
  ),
  quantile("quantile", "The values below which the parts q of the values lie, in all or along a dimension.", [
    "quantile(1 2 3 4 5f;0.25 0.5)",
    "2 3f",
  ]),
  quantile("nanquantile", "As quantile, nulls left out.", ["nanquantile(1 0n 3;0.5)", "2f"]),
  beyond(
    "searchsorted",
    "Where the values belong in a sorted sequence; with the flag, behind equal ones.",
    ["searchsorted(1 3 5;3 4;1b)", "2 2"],
    form(
      [input("sorted", "sorted_sequence"), input("values", "self"), flag("right")],
      "searchsorted.Tensor",
      {
        out: "Tensor_out",
      },
    ),
    { list: "args" },
  ),
  beyond(
    "bucketize",
    "In which of the buckets between sorted boundaries each value lies; with the flag, a boundary's own belong above.",
    ["bucketize(3 6 9;1 3 5 7 9)", "1 3 4"],
    form([x, input("boundaries", "boundaries"), flag("right")], "bucketize.Tensor", { out: "Tensor_out" }),
    { list: "args" },
  ),
  beyond(
    "diff",
    "Differences of neighbours along a dimension, the last one where none is given, taken n times.",
    ["diff(1 4 9 16;2)", "2 2"],
    form([x, long("n"), lastDim], "diff", { out: "out" }),
  ),
  beyond(
    "Cov",
    "The covariance matrix of variables, a row each; divided by the number of observations less the correction, 1.",
    ["Cov(1 2 3f;3 2 1f)", "(1 -1f;-1 1f)"],
    form([x, long("correction")], "cov"),
  ),
  beyond(
    "corrcoef",
    "The correlation matrix of variables, a row each.",
    ["corrcoef(1 2 3f;3 2 1f)", "(1 -1f;-1 1f)"],
    form([x], "corrcoef"),
  ),
  beyond(
    "trapz",
    "The integral of y by the trapezoidal rule, over the points x or steps of a number, 1, along a dimension.",
    ["trapz(1 2 3f;0 2 4f)", "8f"],
    [
      form([input("y", "y")], "trapz.dx"),
      form([input("y", "y"), number("dx").must(), lastDim], "trapz.dx"),
      form([input("y", "y"), input("x", "x", { only: "tensor" }), lastDim], "trapz.x"),
    ],
    { list: "simple" },
  ),
  running("cummax", "The largest so far along a dimension, and where it was.", [
    "cummax 1 3 2 4",
    "(1 3 3 4;0 1 1 3)",
  ]),
  running("cummin", "The smallest so far along a dimension, and where it was.", [
    "cummin 4 2 3 1",
    "(4 2 2 1;0 1 1 3)",
  ]),
  beyond(
    "logcumsumexp",
    "The logarithms of running sums of exponentials along a dimension.",
    ["logcumsumexp 0 0f", "0 0.6931471805599453"],
    form([x, lastDim], "logcumsumexp", { out: "out" }),
  ),
  beyond(
    "einsum",
    "Sums of products of tensors over the subscripts that the equation leaves out; one tensor is enlisted.",
    ['einsum("ij,jk->ik";((1 2f;3 4f);(1 0f;0 1f)))', "(1 2f;3 4f)"],
    form([text("equation").must(), input("tensors", "tensors", { several: true })], "einsum"),
    { list: "args" },
  ),
  beyond(
    "gather",
    "The values at the indices along a dimension, which have as many dimensions as x.",
    ["gather((1 2;3 4);1;(0 0;1 0))", "(1 1;4 3)"],
    form([x, dim.must(), index], "gather", { out: "out" }),
    { list: "args" },
  ),
  beyond(
    "scatter",
    "x with the values of the source, or a number, put at the indices along a dimension.",
    ["scatter(0 0 0;0;2 0;5 6)", "6 0 5"],
    [
      form([x, dim.must(), index, number("value").must()], "scatter.value", {
        out: "value_out",
        inplace: true,
      }),
      form([x, dim.must(), index, input("source", "src")], "scatter.src", { out: "src_out", inplace: true }),
    ],
    { list: "args", inplaceK: "array" },
  ),
  beyond(
    "indexadd",
    "x with the slices of the source, times a number, added at the indices along a dimension.",
    ["indexadd(0 0 0;0;0 0 2;1 2 3)", "3 0 3"],
    form([x, dim.must(), index, input("source", "source"), number("alpha")], "index_add", {
      out: "out",
      inplace: true,
    }),
    { list: "args", inplaceK: "array" },
  ),
  beyond(
    "take",
    "The values at positions in x seen as one list.",
    ["take((1 2;3 4);0 3)", "1 4"],
    form([x, index], "take", { out: "out" }),
    { list: "args" },
  ),
  beyond(
    "trilindices",
    "The rows and the columns of a matrix's lower triangle, up to an offset from the diagonal.",
    ["trilindices 2 2", "(0 1 1;0 0 1)"],
    form([long("row").must(), long("col").must(), long("offset")], "tril_indices"),
    {
      list: "pair",
      guard: ({ row, col }) =>
        (row as bigint) * (col as bigint) > MOST_INDICES
          ? `expecting a matrix of at most ${MOST_INDICES} items, given ${row} by ${col}`
          : undefined,
    },
  ),
  beyond(
    "unfold1d",
    "Windows of a size, a step apart, along a dimension; their items become the last one.",
    ["unfold1d(1 2 3 4;2;1)", "(1 2;2 3;3 4)"],
    form([x, long("size").must(), long("step").or(1n), long("dim").to("dimension").or(-1n)], "unfold"),
    { list: "args" },
  ),
  beyond(
    "movedim",
    "The tensor with dimensions moved from where they are to where they shall be.",
    ["movedim((1 2 3;4 5 6);0;1)", "(1 4;2 5;3 6)"],
    form([x, size("source").must(), size("destination").must()], "movedim.intlist"),
    { list: "args" },
  ),
];
