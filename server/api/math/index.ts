/** Mathematics: the tables of operators as functions of the k api. One more function is a row on its page's file. */
import { page, type Topic } from "../call.js";
import { BEYOND } from "./beyond.js";
import { COMPARE } from "./compare.js";
import type { OperatorRow } from "./forms.js";
import { LINALG } from "./linalg.js";
import { OTHER } from "./other.js";
import { POINTWISE } from "./pointwise.js";
import { REDUCE } from "./reduce.js";
import { run } from "./run.js";
import { index, SHAPING } from "./shaping.js";

export const OPERATORS: readonly OperatorRow[] = [
  POINTWISE,
  REDUCE,
  COMPARE,
  LINALG,
  OTHER,
  SHAPING,
  BEYOND,
].flat();

export const mathTopic: Topic = [
  ...OPERATORS.flatMap((row) => page(row.page, { [row.name]: (call, x) => run(call, row, x) })),
  ...page("tensorop", { index }),
];
