/** Functions of neural networks that take their weights as inputs, and distances (functional page). */
import { type K, List } from "../../../protocol/values.js";
import { asHandle } from "../../engine/handle.js";
import type { Soon } from "../../engine/index.js";
import { invoke } from "../args/invoke.js";
import { nameOf } from "../args/ktypes.js";
import { after, answer, anyTensor, asNumber, fail, input } from "../args/read.js";
import type { Call } from "../call.js";
import { input as argument, fn, form, type OperatorRow, x, y } from "./forms.js";

const PAGE = "functional";

const weight = argument("weight", "weight");
const bias = argument("bias", "bias");
const named = (name: string) => argument(name, name);

const words = (count: string) => ({ refused: "{who} not implemented for {type}", count, wrong: count });

const PRELU = "prelu expects 2 args: input & weight, received {type}, count: {n}";

export const FUNCTIONAL: readonly OperatorRow[] = [
  fn(
    PAGE,
    "linear",
    [
      form([argument("x", "input"), weight], "linear"),
      form([argument("x", "input"), weight, bias], "linear"),
    ],
    { list: "args", words: words("linear requires 2-3 args, (input; weight; optional bias)") },
  ),
  fn(
    PAGE,
    "bilinear",
    [
      form([named("input1"), named("input2"), weight], "bilinear"),
      form([named("input1"), named("input2"), weight, bias], "bilinear"),
    ],
    { list: "args", words: words("bilinear requires 3-4 args, (input1; input2; weight; optional bias)") },
  ),
  fn(PAGE, "prelu", form([x, { ...y, aten: "weight" }], "prelu"), {
    words: { refused: PRELU, count: PRELU, wrong: PRELU },
  }),
];

/** Distances between the rows of a matrix: (x) or (x;p). */
export function pdist(call: Call, given: K): Soon<K> {
  if (!(given instanceof List)) return fail(`pdist not implemented for ${nameOf(given)}`);
  const [first, second] = asHandle(given) === undefined && given.count === 2 ? given.head(2) : [];
  const p = asNumber(second);
  const self = p === undefined ? given : first!;
  const as = anyTensor(call, [self]) ? "handle" : "k";
  const matrix = input(call, self, "pdist");
  const args = { self: typeof matrix === "number" ? { handle: matrix } : matrix, p: Number(p ?? 2) };
  return after(invoke(call, "pdist", args, as), answer);
}
