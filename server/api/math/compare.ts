/** Comparing and ordering (math-compare page). */
import { fn, form, type OperatorRow, x } from "./forms.js";
import { flag, long } from "./options.js";

const PAGE = "math-compare";

export const COMPARE: readonly OperatorRow[] = [
  fn(
    PAGE,
    "topk",
    form(
      [
        ...[x, long("k").must("expecting number of values as 2nd arg"), long("dim")],
        ...[flag("largest"), flag("sort").to("sorted")],
      ],
      "topk",
      { out: "vector" },
    ),
    { list: "args" },
  ),
];
