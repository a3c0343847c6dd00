/** Values drawn from distributions, in place (init page). */

import { Atom, type K, List, NULL, Symbols, TYPE, Vector } from "../../../protocol/values.js";
import { asHandle } from "../../engine/handle.js";
import type { Soon } from "../../engine/index.js";
import { isArrayOf } from "../args/arrays.js";
import { nameOf } from "../args/ktypes.js";
import { asNumber, asSymbol, describe, fail, resolve } from "../args/read.js";
import { type Call, page, type Topic } from "../call.js";
import {
  type Action,
  allTensors,
  firstOf,
  inPlace,
  isLongs,
  resetArray,
  resetChosen,
  resetTensors,
  TOLD_BY,
} from "./reset.js";

interface Distribution {
  readonly name: string;
  /** By the number of parameters given: the operator and what ATen calls them. */
  readonly by: readonly (readonly [operator: string, ...names: string[]])[];
  /** What is wrong with parameters; the text follows the name. */
  readonly check?: (parameters: readonly (bigint | number)[], array: boolean) => string | undefined;
}

const twofold = (name: string, operator: string, first: string, second: string): Distribution => ({
  name,
  by: [[operator], [operator, first], [operator, first, second]],
});

const DISTRIBUTIONS: readonly Distribution[] = [
  twofold("cauchy", "cauchy_", "median", "sigma"),
  twofold("lognormal", "log_normal_", "mean", "std"),
  twofold("normal", "normal_", "mean", "std"),
  twofold("uniform", "uniform_", "from", "to"),
  { name: "exponential", by: [["exponential_"], ["exponential_", "lambd"]] },
  {
    name: "geometric",
    by: [["geometric_"], ["geometric_", "p"]],
    check: ({ length }, array) => {
      if (length === 1) return undefined;
      return array
        ? "requires a probability argument"
        : `requires a single probability argument, ${length} args supplied`;
    },
  },
  {
    name: "random",
    by: [["random_"], ["random_.to", "to"], ["random_.from", "from", "to"]],
    check: (parameters) => {
      if (parameters.every((each) => typeof each === "bigint")) return undefined;
      return `requires ${parameters.length < 2 ? "integer for high limit" : "integers for low & high limits"}`;
    },
  },
];

const ORDINALS = ["2nd", "3rd", "4th"];

/** @param before how many items stand before the parameters; `undefined`: there are none, the array stands alone */
function drawn({ name, by, check }: Distribution, call: Call, items: readonly K[], before?: number): Action {
  const given = before === undefined ? [] : items.slice(before);
  const parameters = given.slice(0, 2).map((x, i) => {
    const value = x instanceof Atom && x.type !== -TYPE.byte ? asNumber(x) : undefined;
    const place = ORDINALS[(before ?? 0) - 1 + i];
    return value ?? fail(`${name}: expecting long/double for ${place} argument, given ${describe(call, x)}`);
  });
  const wrong = check?.(given.length > 2 ? [...parameters, 0n] : parameters, before === undefined);
  if (wrong !== undefined) fail(`${name}: ${wrong}`);
  const [operator, ...names] =
    by[given.length] ?? fail(`${name}: expecting up to ${by.length - 1} args, ${given.length} given`);
  const convert = operator!.startsWith("random") ? BigInt : Number;
  return inPlace(operator!, Object.fromEntries(names.map((each, i) => [each, convert(parameters[i]!)])));
}

/** (tensors), (tensors;which), and with parameters last. Two numbers are parameters: a single index is enlisted. */
const distribution =
  (row: Distribution) =>
  async (call: Call, x: K): Promise<K> => {
    const { name } = row;
    const whole = resolve(call, x) ?? firstOf(call, x);
    if (whole === undefined) return drawnArray(row, call, x);
    const items = asHandle(x) === undefined ? (x as List).items : [x];
    const which = items[1];
    const picks =
      which !== undefined &&
      (asSymbol(which) !== undefined || which instanceof Symbols || isLongs(which) || items.length > 3);
    const action = drawn(row, call, items, picks ? 2 : 1);
    if (picks) return resetChosen(call, name, whole, which, action);
    const tensors =
      allTensors(call, name, whole) ??
      fail(`${name}: not implemented for ${whole.kind}, without parameter/buffer names`);
    await resetTensors(call, tensors, action);
    return NULL;
  };

function drawnArray(row: Distribution, call: Call, x: K): Soon<K> {
  if (x instanceof List && !isArrayOf(x, TOLD_BY))
    return resetArray(call, x.items[0]!, drawn(row, call, x.items, 1));
  if (!(x instanceof List || x instanceof Vector || x instanceof Atom) || asSymbol(x) !== undefined)
    return fail(`unable to index ${nameOf(x)}, element: 0`);
  return resetArray(call, x, drawn(row, call, [x]));
}

export const distributionTopic: Topic = page(
  "init",
  Object.fromEntries(DISTRIBUTIONS.map((row) => [row.name, distribution(row)])),
);
