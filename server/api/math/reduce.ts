/** Over dimensions (math-reduce page). */
import { fn, form, type OperatorRow, x } from "./forms.js";
import { dtype, flag, maybeLongs } from "./options.js";

const PAGE = "math-reduce";

/** (input;dims;keepdim;dtype;output); no dimensions are all of them. */
const mean = (name: string, operator: string, out: string): OperatorRow =>
  fn(PAGE, name, form([x, maybeLongs("dim"), flag("keepdim"), dtype()], operator, { out }), {
    words: {
      count: "{who}: expecting up to 5 args, (input;dim;keepdim;dtype;output), given {n}",
      wrong: "{who}: unrecognized args, expecting up to 4, (input;dim;keepdim;output)",
    },
  });

export const REDUCE: readonly OperatorRow[] = [
  mean("mean", "mean.dim", "out"),
  mean("Sum", "sum.dim_IntList", "IntList_out"),
];
