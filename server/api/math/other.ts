/** What the other pages leave (math-other page). */
import { fail } from "../args/read.js";
import { type Derive, fn, form, input, type OperatorRow, x, y } from "./forms.js";
import { long, longs, number } from "./options.js";

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

export const OTHER: readonly OperatorRow[] = [
  fn(
    PAGE,
    "tensordot",
    [
      form([input("x", "self", scalar), input("y", "other", scalar), number("dim")], "tensordot", {
        derive: uncontracted,
      }),
      form([x, y, long("dim")], "tensordot", { derive: contracted }),
      form([x, y, longs("dim1").to("dims_self").must(), longs("dim2").to("dims_other").must()], "tensordot"),
    ],
    {
      words: {
        count: "{who}: unexpected arg(s), expecting inputs (x;y), (x;y;dim) or (x;y;dim1;dim2)",
        wrong: "{who}: unexpected arg(s), expecting inputs (x;y), (x;y;dim) or (x;y;dim1;dim2)",
      },
    },
  ),
];
