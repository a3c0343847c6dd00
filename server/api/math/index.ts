/** Mathematics: the tables of operators as functions of the k api. One more function is a row on its page's file. */
import { page, type Topic } from "../call.js";
import { BEYOND } from "./beyond.js";
import { COMPARE } from "./compare.js";
import type { OperatorRow } from "./forms.js";
import { FUNCTIONAL, pdist } from "./functional.js";
import { LINALG } from "./linalg.js";
import { luTopic } from "./lu.js";
import { OTHER } from "./other.js";
import { POINTWISE } from "./pointwise.js";
import { RANDOM, randomTopic } from "./random.js";
import { REDUCE } from "./reduce.js";
import { run } from "./run.js";
import { SHAPING } from "./shaping.js";
import { SPECTRAL } from "./spectral.js";

export const OPERATORS: readonly OperatorRow[] = [
  POINTWISE,
  REDUCE,
  COMPARE,
  LINALG,
  SPECTRAL,
  RANDOM,
  OTHER,
  SHAPING,
  FUNCTIONAL,
  BEYOND,
].flat();

export const mathTopic: Topic = [
  ...OPERATORS.flatMap((row) => page(row.page, { [row.name]: (call, x) => run(call, row, x) })),
  ...luTopic,
  ...randomTopic,
  ...page("functional", { pdist }),
];
