/**
 * Initial values (init page): fills and libtorch's ways to begin with weights, each for a tensor, some of its rows, the
 * tensors of a vector or dictionary, named parameters and buffers of other objects, or a k array.
 */

import * as k from "../../../protocol/make.js";
import { Atom, type K, List, NULL, Symbols, TYPE } from "../../../protocol/values.js";
import { asHandle } from "../../engine/handle.js";
import type { Soon } from "../../engine/index.js";
import { isArrayOf } from "../args/arrays.js";
import { nameOf } from "../args/ktypes.js";
import {
  after,
  asFlag,
  asNumber,
  asSymbol,
  describe,
  encoded,
  type Found,
  fail,
  resolve,
  scalarOf,
} from "../args/read.js";
import { type Call, page, type Topic } from "../call.js";
import {
  type Action,
  allTensors,
  chosenTensors,
  firstOf,
  inPlace,
  isLongs,
  resetAll,
  resetArray,
  resetChosen,
  resetTensors,
  TOLD_BY,
} from "./reset.js";

const asDouble = (x: K | undefined): number | undefined =>
  x instanceof Atom && x.type === -TYPE.float ? (x.value as number) : undefined;

/** A long or a double. */
const asPlainNumber = (x: K | undefined): bigint | number | undefined =>
  x instanceof Atom && (x.type === -TYPE.long || x.type === -TYPE.float) ? asNumber(x) : undefined;

// fills with a gain at most -------------------------------------------------------------------------------------------

interface Filler {
  readonly who: string;
  readonly action: Action;
  /** The action with a gain, where it can have one. */
  readonly gained?: (gain: number) => Action;
}

/** (tensors), (tensors;which), and with a gain last. */
const filler =
  ({ who, action, gained }: Filler) =>
  (call: Call, x: K): Soon<K> => {
    const withGain = (gain: number): Action =>
      gained?.(gain) ?? fail(`${who}: not implemented for additional gain argument of ${gain}`);
    const whole = resolve(call, x);
    if (whole !== undefined) return resetAll(call, who, whole, action);
    const found = firstOf(call, x);
    if (found === undefined) return filledArray(call, x, action, withGain);
    const [, which, last] = (x as List).items;
    const { count } = x as List;
    const most = gained === undefined ? 2 : 3;
    if (count === 3 && gained === undefined) fail(`${who}: no more than 2 args expected, 3 supplied`);
    if (count < 2 || count > 3)
      fail(`${who}: given ${found.kind}, expecting up to ${most} args, but ${count} args supplied`);
    const single = asDouble(which);
    if (count === 2 && single !== undefined) return resetAll(call, who, found, withGain(single));
    if (count === 2) return resetChosen(call, who, found, which!, action);
    const gain = asDouble(last);
    if (gain === undefined)
      return fail(
        `${who}: unable to read final arg of gain, double expected, given ${describe(call, last!)}`,
      );
    return resetChosen(call, who, found, which!, withGain(gain));
  };

function filledArray(call: Call, x: K, action: Action, withGain: (gain: number) => Action): Promise<K> {
  const gain = x instanceof List && x.count === 2 ? asDouble(x.items[1]) : undefined;
  if (gain === undefined) return resetArray(call, x, action);
  return resetArray(call, (x as List).items[0]!, withGain(gain));
}

const nn =
  (method: string, a = 1, b = 0, fan = "fanin", nonlinearity = "leakyrelu"): Action =>
  ({ engine }, handle) =>
    engine.initialiseTensor(handle, method, a, b, fan, nonlinearity);

const gainedBy = (who: string, method: string): Filler => ({
  who,
  action: nn(method),
  gained: (gain) => nn(method, gain),
});

// Kaiming's ------------------------------------------------------------------------------------------------------------

const FANS = ["fanin", "fanout"];

/** The factor of the standard deviation that goes with a function; its parameter is leakyrelu's slope. */
const GAINS: Readonly<Record<string, (slope: number) => number>> = {
  ...Object.fromEntries(
    [
      "linear",
      "conv1d",
      "conv2d",
      "conv3d",
      "convtranspose1d",
      "convtranspose2d",
      "convtranspose3d",
      "sigmoid",
    ].map((name) => [name, () => 1]),
  ),
  tanh: () => 5 / 3,
  relu: () => Math.sqrt(2),
  leakyrelu: (slope) => Math.sqrt(2 / (1 + slope ** 2)),
};

const isKaimingOption = (name: string): boolean => FANS.includes(name) || Object.hasOwn(GAINS, name);

function kaimingAction(call: Call, who: string, method: string, items: readonly K[], before: number): Action {
  let [slope, fan, nonlinearity] = [0, "fanin", "leakyrelu"];
  items.slice(before).forEach((x, i) => {
    const name = asSymbol(x);
    if (name === undefined)
      slope = Number(
        asPlainNumber(x) ?? fail(`${who}: arg[${before + i}] unrecognized, ${describe(call, x)}`),
      );
    else if (FANS.includes(name)) fan = name;
    else if (isKaimingOption(name)) nonlinearity = name;
    else fail(`${who}: unrecognized symbol \`${name}`);
  });
  return nn(method, slope, 0, fan, nonlinearity);
}

/** (tensors), (tensors;which), and with a function, a fan and a slope last, in any order. */
const kaiming =
  (who: string, method: string) =>
  (call: Call, x: K): Soon<K> => {
    if (!(x instanceof List)) return fail(`${who}: not implemented for ${nameOf(x)}`);
    const whole = resolve(call, x);
    if (whole !== undefined) return resetAll(call, who, whole, nn(method, 0));
    const found = firstOf(call, x);
    if (found === undefined) {
      if (isArrayOf(x, 2)) return resetArray(call, x, nn(method, 0));
      return resetArray(call, x.items[0]!, kaimingAction(call, who, method, x.items, 1));
    }
    if (x.count < 2 || x.count > 5) fail(`${who}: 2-5 args expected but ${x.count} supplied`);
    const which = x.items[1]!;
    const picks = kaimingPicks(who, found, which);
    const action = kaimingAction(call, who, method, x.items, picks ? 2 : 1);
    return picks ? resetChosen(call, who, found, which, action) : resetAll(call, who, found, action);
  };

/** Whether the second argument says which tensors; a symbol atom that is an option is none of a dictionary's keys. */
function kaimingPicks(who: string, { kind }: Found, which: K): boolean {
  if (kind === "tensor" || kind === "vector")
    return isLongs(which) || (which instanceof Atom && which.type === -TYPE.long);
  const name = asSymbol(which);
  const names = which instanceof Symbols || name !== undefined;
  if (kind !== "dictionary") return names || fail(`${who}: tensor name(s) expected with supplied ${kind}`);
  return names && (name === undefined || !isKaimingOption(name));
}

/** (name), (name;slope) */
function gain(_call: Call, x: K): K {
  const [first, second, ...rest] = x instanceof List ? x.items : x instanceof Symbols ? [] : [x];
  const name = asSymbol(first);
  const slope = second === undefined ? 0.01 : asPlainNumber(second);
  if (name === undefined || slope === undefined || rest.length > 0)
    return fail("gain: expecting function name and optional parameter, e.g. `relu or (`leakyrelu;0.2)");
  if (!Object.hasOwn(GAINS, name)) fail(`gain: unrecognized non-linearity \`${name}`);
  return k.float(GAINS[name]!(Number(slope)));
}

// sparse ---------------------------------------------------------------------------------------------------------------

const SPARSE = "sparse initialize";

function sparseAction(fraction: number, deviation: number | undefined): Action {
  if (!(fraction >= 0 && fraction <= 1))
    fail(`${SPARSE}: expecting a sparse fraction between 0 and 1, given ${fraction}`);
  return nn("snormal", fraction, deviation ?? 0.01);
}

/** (tensors;fraction), (tensors;which;fraction), and with a standard deviation last. */
function sparse(call: Call, x: K): Soon<K> {
  if (!(x instanceof List)) return fail(`${SPARSE}: not implemented for ${nameOf(x)}`);
  if (asHandle(x) === undefined && isArrayOf(x, TOLD_BY))
    fail(
      `${SPARSE}: unrecognized arg(s), expecting (input;sparse fraction), (input;indices/names;fraction), etc.`,
    );
  resolve(call, x);
  const n = x.count;
  if (n < 2 || n > 4) fail(`${SPARSE}: expecting 2-4 args, ${n} supplied`);
  const [first, second, third, fourth] = x.items as [K, K, K?, K?];
  const found = resolve(call, first);
  if (found === undefined) return sparseArray(call, first, second, third, n);
  const [fraction, deviation] = [asDouble(second), asDouble(third)];
  if (fraction !== undefined && (n === 2 || (n === 3 && deviation !== undefined))) {
    const tensors =
      allTensors(call, SPARSE, found) ??
      fail(`${SPARSE}: not implemented for ${found.kind} argument without names`);
    return after(resetTensors(call, tensors, sparseAction(fraction, deviation)), () => NULL);
  }
  if (n < 3)
    fail(
      `${SPARSE}: expecting 3 args, ${found.kind}, indices/names and sparse fraction, but ${n} args supplied`,
    );
  if (deviation === undefined)
    return fail(`${SPARSE}: expecting 3rd arg of sparse fraction as double, given ${describe(call, third!)}`);
  if (n === 4 && asDouble(fourth) === undefined)
    fail(`${SPARSE}: expecting 4th arg of std deviation as double, given ${describe(call, fourth!)}`);
  return resetChosen(call, SPARSE, found, second, sparseAction(deviation, asDouble(fourth)));
}

function sparseArray(call: Call, x: K, second: K, third: K | undefined, n: number): Soon<K> {
  if (n > 3)
    fail(`${SPARSE}: expecting array with sparse fraction and optional stddev, but ${n} args supplied`);
  const fraction = asDouble(second);
  if (fraction === undefined)
    return fail(
      `${SPARSE}: expecting 2nd arg of sparse fraction to be double, given ${describe(call, second)}`,
    );
  if (third !== undefined && asDouble(third) === undefined)
    fail(`${SPARSE}: expecting 3rd arg of stddev to be double, given ${describe(call, third)}`);
  return resetArray(call, x, sparseAction(fraction, asDouble(third)));
}

// one value ------------------------------------------------------------------------------------------------------------

/** (input;value), (input;which;value) */
async function fill(call: Call, x: K): Promise<K> {
  if (!(x instanceof List)) return fail(`fill: not implemented for ${nameOf(x)}`);
  resolve(call, x);
  if (x.count < 2 || x.count > 3) fail(`fill: expecting 2-3 args, ${x.count} supplied`);
  const last = x.items.at(-1)!;
  if (!(last instanceof Atom)) fail(`fill: unable to get fill element from final arg of ${nameOf(last)}`);
  const which = x.count === 3 ? x.items[1] : undefined;
  const value = scalarOf(last);
  if (value === undefined) call.keep(await call.engine.create(encoded(last))); // its own error
  const action = inPlace("fill_.Scalar", { value: value! });
  const object = x.items[0]!;
  const found = resolve(call, object);
  if (found === undefined) return filledRows(call, object, which, action);
  if (which !== undefined) return resetChosen(call, "fill", found, which, action);
  const tensors =
    allTensors(call, "fill", found) ??
    fail(`fill: given ${found.kind} expecting parameter/buffer names in addition to fill element`);
  await resetTensors(call, tensors, action);
  return NULL;
}

/** An array, or those of its rows. */
function filledRows(call: Call, x: K, which: K | undefined, action: Action): Promise<K> {
  if (which === undefined) return resetArray(call, x, action);
  return resetArray(call, x, async (_, handle) => {
    const rows = await chosenTensors(call, "fill", { handle, kind: "tensor" }, which);
    await resetTensors(call, rows, action);
  });
}

/** (matrix;value), (matrix;value;wrap) */
function fillDiagonal(call: Call, x: K): Soon<K> {
  const [object, second, third, ...rest] = x instanceof List && asHandle(x) === undefined ? x.items : [];
  const value = second instanceof Atom && second.type !== -TYPE.byte ? asNumber(second) : undefined;
  const wrap = third === undefined ? false : asFlag(third);
  if (object === undefined || value === undefined || wrap === undefined || rest.length > 0)
    return fail("fill diagonal expects (tensor/array;fill element;optional wrap flag)");
  const action = inPlace("fill_diagonal_", { fill_value: value, wrap });
  const found = resolve(call, object);
  if (found === undefined) return resetArray(call, object, action);
  if (found.kind !== "tensor") return fail(`fill diagonal: not implemented for ${found.kind}`);
  return after(resetTensors(call, allTensors(call, "fill diagonal", found)!, action), () => NULL);
}

const FILLERS: Readonly<Record<string, Filler>> = {
  zeros: { who: "zeros", action: inPlace("zero_") },
  ones: { who: "ones", action: inPlace("fill_.Scalar", { value: 1n }) },
  eye: { who: "eye", action: nn("eye") },
  dirac: { who: "dirac", action: nn("dirac") },
  orthogonal: gainedBy("orthogonal", "orthogonal"),
  // ktorch's spelling
  xnormal: gainedBy("xaiver normal", "xnormal"),
  xuniform: gainedBy("xaiver uniform", "xuniform"),
};

export const initTopic: Topic = page("init", {
  ...Object.fromEntries(Object.entries(FILLERS).map(([name, row]) => [name, filler(row)])),
  fill,
  filldiagonal: fillDiagonal,
  gain,
  knormal: kaiming("kaiming normal", "knormal"),
  kuniform: kaiming("kaiming uniform", "kuniform"),
  snormal: sparse,
});
