/** Over dimensions (math-reduce page). */

import { type K, List } from "../../../protocol/values.js";
import type { OperatorArg } from "../../engine/index.js";
import type { OperatorArgs } from "../args/invoke.js";
import { asLong, asLongs, fail, isLongNull } from "../args/read.js";
import { toReal } from "./before.js";
import { always, type Ending, fn, form, type Given, type OperatorRow, x, y } from "./forms.js";
import { double, dtype, flag, long, maybeLong, maybeLongs, number, Option, size } from "./options.js";

const PAGE = "math-reduce";

const keepdim = flag("keepdim");
const LAST = -1n;
const lastDim = long("dim").or(LAST);

/** ktorch's other way to count. */
const COUNTED = { count: "{who}: expecting {least}-{most} args, ({form}), given {n}" };

/** Over all without arguments, else over one dimension, the last one where only others are given. */
const overall = (
  name: string,
  operator: string,
  all: Ending,
  one: string,
  out: string,
  who = name,
): OperatorRow =>
  fn(PAGE, name, [form([x], operator, all), form([x, lastDim, keepdim], one, { out })], { who });

/** (input;dims;keepdim;dtype;output); no dimensions are all of them. */
const mean = (name: string, operator: string, out: string): OperatorRow =>
  fn(PAGE, name, form([x, maybeLongs("dim"), keepdim, dtype()], operator, { out }), { words: MEAN });

const MEAN = { wrong: "{who}: unrecognized args, expecting up to 4, (input;dim;keepdim;output)" };

/** (input;dims;keepdim;output) */
const extreme = (name: string, operator = name): OperatorRow =>
  fn(PAGE, name, form([x, maybeLongs("dim"), keepdim], operator, { out: "out" }));

const index = (name: string): OperatorRow =>
  fn(PAGE, name, form([x, maybeLong("dim"), keepdim], name, { out: "out" }));

const unbiased = flag("unbiased").or(true);

/** Without dimensions nothing is left to keep. */
const overAll = ({ unbiased: flagged }: OperatorArgs): OperatorArgs => ({ unbiased: flagged });

/** (input;dims;unbiased;keepdim;output) */
const deviation = (name: string, operator: string): OperatorRow =>
  fn(
    PAGE,
    name,
    [
      form([x, unbiased, keepdim], operator, { derive: overAll, before: toReal }),
      form([x, size("dim").or(null), unbiased, keepdim.or(false)], `${operator}.dim`, {
        out: "out",
        before: toReal,
      }),
    ],
    { words: COUNTED },
  );

/** The mean comes first, although the operator gives it last. */
const meanFirst = { before: toReal, results: () => [1, 0], stacked: true } as const;

const meanAnd = (name: string, operator: string): OperatorRow =>
  fn(
    PAGE,
    name,
    [
      form([x, unbiased, keepdim], operator, { ...meanFirst, derive: overAll }),
      form([x, size("dim"), unbiased, keepdim.or(false)], `${operator}.dim`, meanFirst),
    ],
    { words: { ...COUNTED, wrong: "{who}: unrecognized args, expecting up to {most}, ({form})" } },
  );

const NO_DIMENSIONS = new Option("dim", "longs", (given) => (asNoLongs(given) ? null : undefined));

const asNoLongs = (given: K): boolean =>
  given instanceof List ? given.count === 0 : asLongs(given)?.length === 0;

/** The product is along one dimension; ktorch takes a list of them. */
const alongOne = ({ dim, ...rest }: OperatorArgs): OperatorArgs => {
  const dims = (dim ?? [LAST]) as OperatorArg[];
  return dims.length === 1
    ? { dim: dims[0], ...rest }
    : fail(`prod: product can only be calculated along a single dimension, given ${dims.length}`);
};

const explicit = ({ dim }: OperatorArgs): string | undefined =>
  (dim ?? undefined) === undefined ? "needs explicit dimension(s) for log of summed exponentials" : undefined;

const matrixNorm = (name: string, ord: string): OperatorRow =>
  fn(
    PAGE,
    name,
    form([x, size("dim"), keepdim, dtype()], "linalg_matrix_norm.str_ord", {
      out: "str_ord_out",
      derive: (options) => ({ ord, ...options }),
    }),
    { words: COUNTED },
  );

/** One of its two ways to be sorted, and where a result is not asked for, it is not given. */
const asked = (inverse: string, counts: string) => (options: OperatorArgs) => [
  0,
  ...(options[inverse] === true ? [1] : []),
  ...(options[counts] === true ? [2] : []),
];

const results = asked("return_inverse", "return_counts");
const indices = flag("indices").to("return_inverse");
const counts = flag("counts").to("return_counts");
const oneDim = new Option("dim", "long", (given) => (isLongNull(given) ? undefined : asLong(given))).must();
const noDim = new Option("dim", "long", (given) => (isLongNull(given) ? null : undefined));
const withoutDim = ({ dim: _, ...options }: OperatorArgs): OperatorArgs => options;

const withFlags = (most: number, flags: string) => {
  const text = ({ items }: Given): string =>
    items.length > 1 && asLong(items[1]) !== undefined
      ? `{who}: unrecognized arg(s), given input & dim, up to ${most} additional flags expected for ${flags}`
      : `{who}: unrecognized arg(s), expecting input, optional dim and flag(s) for ${flags}`;
  return { words: always(text) };
};

export const REDUCE: readonly OperatorRow[] = [
  overall("All", "all", { out: "all_out" }, "all.dim", "out", "all"),
  overall("Any", "any", { out: "all_out" }, "any.dim", "out", "any"),
  overall("Max", "max", {}, "max.dim", "vector"),
  overall("Min", "min", {}, "min.dim", "vector"),
  overall("aminmax", "aminmax", { results: () => [0, 1], stacked: true }, "aminmax", "vector"),
  overall("median", "median", {}, "median.dim", "vector"),
  overall("nanmedian", "nanmedian", {}, "nanmedian.dim", "vector"),
  fn(PAGE, "mode", form([x, lastDim, keepdim], "mode", { out: "vector" })),
  extreme("amax"),
  extreme("amin"),
  fn(PAGE, "logsumexp", form([x, maybeLongs("dim"), keepdim], "logsumexp", { out: "out" }), {
    guard: explicit,
  }),
  index("argmax"),
  index("argmin"),
  mean("mean", "mean.dim", "out"),
  mean("nanmean", "nanmean", "out"),
  mean("Sum", "sum.dim_IntList", "IntList_out"),
  mean("nansum", "nansum", "out"),
  fn(
    PAGE,
    "prod",
    [
      form([x, NO_DIMENSIONS, keepdim, dtype()], "prod", { derive: ({ dtype: type }) => ({ dtype: type }) }),
      form([x, maybeLongs("dim"), keepdim, dtype()], "prod.dim_int", { out: "int_out", derive: alongOne }),
    ],
    { words: MEAN },
  ),
  deviation("std", "std"),
  deviation("variance", "var"),
  meanAnd("meanstd", "std_mean"),
  meanAnd("meanvar", "var_mean"),
  fn(PAGE, "dist", form([x, y, number("p")], "dist"), {
    words: {
      ...always("{who}: expecting 2-3 args, (x;y;p), {n} arg(s) given"),
      refused: "{who}: not implemented for {type}",
    },
  }),
  matrixNorm("fnorm", "fro"),
  matrixNorm("nnorm", "nuc"),
  fn(
    PAGE,
    "mnorm",
    [
      form([x, double("ord").must(), size("dim"), keepdim, dtype()], "linalg_matrix_norm", { out: "out" }),
      form([x, size("dim"), keepdim, dtype()], "linalg_matrix_norm.str_ord", { out: "str_ord_out" }),
    ],
    { words: COUNTED },
  ),
  fn(
    PAGE,
    "vnorm",
    form([x, double("ord"), maybeLongs("dim"), keepdim, dtype()], "linalg_vector_norm", { out: "out" }),
    {
      words: COUNTED,
    },
  ),
  fn(
    PAGE,
    "unique",
    [
      form([x, oneDim, flag("sort").to("sorted").or(true), indices, counts], "unique_dim", { results }),
      form([x, noDim, flag("sort").to("sorted").or(true), indices, counts], "_unique2", {
        results,
        derive: withoutDim,
      }),
    ],
    withFlags(3, "sorted,indices & counts"),
  ),
  fn(
    PAGE,
    "uniquec",
    form([x, maybeLong("dim"), indices, counts], "unique_consecutive", { results }),
    withFlags(2, "indices & counts"),
  ),
];
