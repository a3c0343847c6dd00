/** Gradients kept within bounds (docs/train.rst): `clip` by their norm, `clipv` by each value. */
import * as k from "../../../protocol/make.js";
import { type K, List, NULL } from "../../../protocol/values.js";
import type { Handle, Kind, Soon } from "../../engine/index.js";
import { after, argumentsOf, asDouble, asFlag, describe, fail, objectOf, resolve } from "../args/read.js";
import { type Call, page } from "../call.js";

const NORM = "clip gradient norm";
const VALUE = "clip gradient value";
const CLIPPED: readonly Kind[] = ["tensor", "vector", "dictionary", "module", "model", "optimizer"];

/** The object and what follows it: at least a bound. */
function read(
  call: Call,
  x: K,
  who: string,
  counts: string,
): { handle: Handle; kind: Kind; rest: readonly K[] } {
  const items = x instanceof List && resolve(call, x) === undefined ? argumentsOf(x) : [];
  const found = items.length > 0 ? resolve(call, items[0]!) : undefined;
  if (found === undefined)
    return fail(`${who}: expects tensor(s), module, model or optimizer as 1st of ${counts} args`);
  return { ...found, rest: items.slice(1) };
}

function most(call: Call, x: K | undefined, who: string, what: string): number {
  const bound = asDouble(x);
  if (bound === undefined)
    return fail(`${who}: 2nd arg, ${what}, is ${describe(call, x!)}, expecting long/double`);
  return bound >= 0
    ? bound
    : fail(`${who}: 2nd arg, ${what}, cannot be null or less than zero, given ${bound}`);
}

const checkKind = (kind: Kind, who: string): void => {
  if (!CLIPPED.includes(kind)) fail(`${who}: not implemented for ${kind}`);
};

function clip(call: Call, x: K): Soon<K> {
  const model = objectOf(call, x, "model");
  if (model !== undefined) return clipAsSet(call, model);
  const { handle, kind, rest } = read(call, x, NORM, "2-4");
  if (rest.length < 1 || rest.length > 3)
    return fail(`${NORM}: expects 2-4 args, (${kind}; max norm; norm exponent; group flag)`);
  const bound = most(call, rest[0], NORM, "max norm");
  let order = asDouble(rest[1]) ?? 2;
  let groups = false;
  if (rest.length === 2 && asDouble(rest[1]) === undefined)
    groups =
      asFlag(rest[1]) ??
      fail(`${NORM}: 3rd arg, group flag or norm exponent expected, given ${describe(call, rest[1]!)}`);
  if (rest.length === 3) {
    order =
      asDouble(rest[1]) ??
      fail(`${NORM}: 3rd arg, norm exponent, is ${describe(call, rest[1]!)}, expecting long/double`);
    groups =
      asFlag(rest[2]) ??
      fail(`${NORM}: 4th arg, group flag, is ${describe(call, rest[2]!)}, expecting boolean`);
  }
  if (Number.isNaN(order)) return fail(`${NORM}: 3rd arg, norm exponent, cannot be null`);
  checkKind(kind, NORM);
  return byNorm(call, handle, bound, order, groups && (kind === "model" || kind === "optimizer"));
}

const byNorm = (call: Call, handle: Handle, bound: number, order: number, groups: boolean): Soon<K> =>
  after(call.engine.clipGradients(handle, true, bound, order, groups), (norms) =>
    groups ? k.floats(norms) : k.float(norms[0]!),
  );

const byValue = (call: Call, handle: Handle, bound: number): Soon<K> =>
  after(call.engine.clipGradients(handle, false, bound, 0, false), () => k.float(Number.NaN));

/** As the training options say. */
function clipAsSet(call: Call, model: Handle): Soon<K> {
  const { clipnorm, cliporder, clipvalue, clipgroup } = call.engine.runOptions(model, "train");
  if (clipnorm !== undefined) return byNorm(call, model, clipnorm, cliporder!, clipgroup);
  return clipvalue === undefined ? NULL : byValue(call, model, clipvalue);
}

function clipv(call: Call, x: K): Soon<K> {
  const { handle, kind, rest } = read(call, x, VALUE, "2");
  if (rest.length !== 1) return fail(`${VALUE}: expects 2 args, (${kind}; value)`);
  const bound = most(call, rest[0], VALUE, "max value");
  checkKind(kind, VALUE);
  return byValue(call, handle, bound);
}

export const clipTopic = page("train", { clip, clipv });
