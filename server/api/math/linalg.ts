/** Linear algebra (math-linalg page). */
import { fn, form, type OperatorRow, x } from "./forms.js";
import { flag } from "./options.js";

const PAGE = "math-linalg";

/** The matrix as linear algebra calls it. */
const matrix = { ...x, aten: "A" };

export const LINALG: readonly OperatorRow[] = [
  fn(PAGE, "lu", form([matrix, flag("pivot")], "linalg_lu_factor", { out: "vector" }), {
    who: "lufactor",
    words: {
      count: "{who}: expecting 1-3 args, (x;pivot;output), given {n}",
      wrong: "{who}: unrecognized args, expecting 1-3 args, (x;pivot;output)",
    },
  }),
];
