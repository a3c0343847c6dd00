/** What the other pages leave (math-other page). */
import { asHandle } from "../../engine/handle.js";
import type { OperatorArgs } from "../args/invoke.js";
import { fail } from "../args/read.js";
import { atMost } from "./before.js";
import { always, type Derive, fn, form, type Given, input, type OperatorRow, x, y } from "./forms.js";
import { dtype, long, number, type Option, size } from "./options.js";

const PAGE = "math-other";

/** More than any tensor has. */
const MOST_DIMENSIONS = 64n;

/** The last `dim` dimensions of x with the first of y. */
const contracted: Derive = ({ dim = 2n }) => {
  const count = dim as bigint;
  if (count < 0n || count > MOST_DIMENSIONS)
    return fail(`tensordot: expecting 0-${MOST_DIMENSIONS} dimensions, given ${count}`);
  const range = Array.from({ length: Number(count) }, (_, i) => BigInt(i));
  return { dims_self: range.map((i) => i - count), dims_other: range };
};

/** Numbers have no dimensions. */
const uncontracted: Derive = ({ dim = 0n }) =>
  Number(dim) === 0
    ? { dims_self: [], dims_other: [] }
    : fail("tensordot: non-zero dimension specified for scalars");

const scalar = { only: "atom" } as const;

/** Many bins cost time before they cost memory. */
const MOST_BINS = 100_000_000n;
const bins = (name: string) => (args: OperatorArgs) =>
  ((args[name] ?? 0n) as bigint) > MOST_BINS
    ? `expecting at most ${MOST_BINS} bins, given ${args[name]}`
    : undefined;

/** There is a bin for each number up to the largest. */
const counted = {
  before: atMost("self", MOST_BINS, `bincount: expecting numbers of at most ${MOST_BINS}`),
};

/** Along a dimension, the last one where none is given. */
const cumulative = (name: string): OperatorRow =>
  fn(PAGE, name, form([x, long("dim").or(-1n), dtype()], name, { out: "out" }));

/** An offset from the main diagonal. Further than any matrix is wide, what is computed from it would overflow. */
const offset = (aten = "diagonal"): Option => long("offset").to(aten, (value) => clipped(value as bigint));
const FURTHEST = 2n ** 40n;
const clipped = (value: bigint): bigint =>
  value > FURTHEST ? FURTHEST : value < -FURTHEST ? -FURTHEST : value;

const DIAGONAL_WORDS = {
  refused: "{who}: not implemented for {type}",
  count: "{who}: expecting up to 3 args, (input;offset;output), given {n}",
};
const UNRECOGNIZED = "{who}: unrecognized arg(s), expecting up to 3, (input;offset;output)";

const triangle = (name: string): OperatorRow =>
  fn(PAGE, name, form([x, offset()], name, { out: "out", inplace: true }), {
    refuses: "atoms",
    inplaceK: "null",
    words: {
      count: "{who}: expecting up to 3 args, (input;dim;output), given {n}",
      wrong: "{who}: unrecognized arg(s), expecting up to 3, (input;dim;output)",
    },
  });

/** Dimensions that are no longs are another error than too many arguments. */
const flips = ({ items }: Given): string =>
  items.length > 1 && size("").read(items[1]!) !== undefined
    ? "{who}: expecting 2 arguments, (input;dims), given {n}"
    : FLIP;
const NO_OUTPUT = "{who}: output tensor not implemented";
const FLIP = "{who}: unrecognized arg(s), expecting 2 arguments, (input;dims)";

export const OTHER: readonly OperatorRow[] = [
  fn(
    PAGE,
    "bincount",
    [
      form([x, long("bins").to("minlength").must()], "bincount", counted),
      form([x, input("weight", "weights"), long("bins").to("minlength")], "bincount", counted),
      form([x], "bincount", counted),
    ],
    {
      list: "simple",
      refuses: "atoms",
      guard: bins("minlength"),
      words: {
        ...always("{who} expects 1-3 args, input, (input;bins), (input;weight) or (input;weight;bins)"),
        refused: "{who}: not implemented for {type}",
      },
    },
  ),
  cumulative("cumprod"),
  cumulative("cumsum"),
  fn(PAGE, "diag", form([x, offset()], "diag", { out: "out" }), {
    refuses: "atoms",
    words: { ...DIAGONAL_WORDS, wrong: UNRECOGNIZED },
  }),
  fn(PAGE, "diagflat", form([x, offset("offset")], "diagflat"), {
    refuses: "atoms",
    words: {
      ...DIAGONAL_WORDS,
      count: ({ items, n }) =>
        n === 3 && asHandle(items[2]!) !== undefined ? NO_OUTPUT : DIAGONAL_WORDS.count,
      wrong: ({ items, n }) => (n === 2 && asHandle(items[1]!) !== undefined ? NO_OUTPUT : UNRECOGNIZED),
    },
  }),
  fn(PAGE, "diagonal", form([x, offset("offset"), long("dim1"), long("dim2")], "diagonal"), {
    refuses: "simple",
  }),
  fn(PAGE, "Flip", form([x, size("dims").must()], "flip"), {
    list: "pair",
    words: { ...always(FLIP), count: flips },
  }),
  fn(
    PAGE,
    "histc",
    [
      form([x], "histc", { out: "out" }),
      form([x, long("bins").must(), number("lo").to("min"), number("hi").to("max")], "histc", { out: "out" }),
    ],
    {
      list: "simple",
      guard: bins("bins"),
      words: always("{who}: unrecognized arg(s), expecting 1-5 args, (input;bins;lo;hi;output)"),
    },
  ),
  fn(
    PAGE,
    "renorm",
    form([x, number("power").to("p").must(), long("dim").must(), number("maxnorm").must()], "renorm", {
      out: "out",
    }),
    {
      list: "args",
      words: always("{who}: unexpected arg(s), expecting 4-5 args, (input;power;dim;maxnorm;output)"),
    },
  ),
  fn(PAGE, "roll", form([x, size("shifts").must(), size("dims")], "roll"), {
    list: "args",
    words: always("{who}: unexpected arg(s), expects 2-3 args, (input;shifts;dims)"),
  }),
  fn(PAGE, "trace", form([x], "trace")),
  triangle("tril"),
  triangle("triu"),
  fn(
    PAGE,
    "tensordot",
    [
      form([input("x", "self", scalar), input("y", "other", scalar), number("dim")], "tensordot", {
        derive: uncontracted,
      }),
      form([x, y, long("dim")], "tensordot", { derive: contracted }),
      form([x, y, size("dim1").to("dims_self").must(), size("dim2").to("dims_other").must()], "tensordot"),
    ],
    {
      words: {
        count: "{who}: unexpected arg(s), expecting inputs (x;y), (x;y;dim) or (x;y;dim1;dim2)",
        wrong: "{who}: unexpected arg(s), expecting inputs (x;y), (x;y;dim) or (x;y;dim1;dim2)",
      },
    },
  ),
];
