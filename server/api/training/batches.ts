/**
 * Batches of tensors and of models' data in turn, and their order (docs/train.rst, docs/tensorop.rst): `batch`, `restore`,
 * `shuffle` and their kin.
 */
import * as k from "../../../protocol/make.js";
import { type K, List, NULL } from "../../../protocol/values.js";
import { asHandle } from "../../engine/handle.js";
import type { Handle, Phase, Soon } from "../../engine/index.js";
import { make } from "../args/invoke.js";
import { nameOf } from "../args/ktypes.js";
import { after, argumentsOf, asLong, describe, fail, firstObject, resolve } from "../args/read.js";
import { type Call, page, type Topic } from "../call.js";
import { batchTensors, type Part, partsOf, restoreTensors } from "../shapes/batching.js";
import { checkTasks } from "./run_options.js";
import { onlyModel } from "./subject.js";

// batches ----------------------------------------------------------------------------------------------------------

function nextOf(call: Call, model: Handle, phase: Phase, who: string): Soon<K> {
  checkTasks(call.engine.runOptions(model, phase), who);
  return after(call.engine.nextBatch(model, phase), k.boolean);
}

function batch(call: Call, x: K): Soon<K> {
  if (!(x instanceof List) || x.count === 0) return fail(`batch: not implemented for ${nameOf(x)}`);
  const items = argumentsOf(x);
  if (asHandle(x) === undefined && items.length > 1) {
    if (items.length > 3) return fail(`batch: expecting 2-3 args, given ${items.length}`);
    return batchTensors(call, items);
  }
  return nextOf(
    call,
    onlyModel(call, asHandle(x) === undefined ? items[0]! : x, ONLY("batch")),
    "train",
    "batch",
  );
}

const ONLY = (who: string) => (given: string) => `${who}: expecting model as only argument, given ${given}`;

const begin =
  (phase: Phase, who: string) =>
  (call: Call, x: K): Soon<K> => {
    const model = onlyModel(call, x, (given) => `${who}: expected model as argument, given ${given}`);
    return after(call.engine.beginBatches(model, phase), k.long);
  };

/** (object) or (object;dimension): what `restore` and `shuffle` take. */
function objectAndDimension(call: Call, x: K, who: string): { object: K; dim: bigint } {
  if (!(x instanceof List)) return fail(`${who}: not implemented for ${nameOf(x)}`);
  const items = asHandle(x) === undefined ? argumentsOf(x) : [x];
  if (items.length < 1 || items.length > 2)
    return fail(
      `${who}: expecting 1-2 args, tensor/vector/dictionary/model & optional dimension, but given ${items.length} args`,
    );
  const [object, second] = items as [K, K | undefined];
  const dim = second === undefined ? 0n : asLong(second);
  return dim === undefined
    ? fail(`${who}: 2nd arg is dimension, but given ${describe(call, second!)}`)
    : { object, dim };
}

/** The model among the arguments; undefined where it is another object. */
function modelOf(call: Call, object: K, dim: bigint, who: string): Handle | undefined {
  const found = resolve(call, object);
  if (found?.kind !== "model") return undefined;
  if (dim !== 0n) fail(`${who}: model data is only batched on dimension 0, but given dimension ${dim}`);
  return found.handle;
}

function restore(call: Call, x: K): Soon<K> {
  const { object, dim } = objectAndDimension(call, x, "restore");
  const model = modelOf(call, object, dim, "restore");
  if (model !== undefined) return after(call.engine.restoreData(model, "train"), k.long);
  const parts =
    partsOf(call, object) ??
    fail(`restore: expecting tensor,vector,dictionary or model, given ${describe(call, x)}`);
  return after(restoreTensors(call, object, parts, dim), k.long);
}

function testrestore(call: Call, x: K): Soon<K> {
  const model = onlyModel(call, x, (given) => `testrestore: not implemented for ${given}`);
  return after(call.engine.restoreData(model, "test"), k.long);
}

// order ------------------------------------------------------------------------------------------------------------

function shuffle(call: Call, x: K): Soon<K> {
  const { object, dim } = objectAndDimension(call, x, "shuffle");
  const model = modelOf(call, object, dim, "shuffle");
  if (model !== undefined) return after(call.engine.shuffleData(model), () => NULL);
  const parts =
    partsOf(call, object) ??
    fail(`shuffled: expecting tensor,vector,dictionary or model, given ${describe(call, x)}`);
  return shuffleTensors(call, object, parts, dim);
}

/** All tensors of an object in one new order along a dimension. */
async function shuffleTensors(call: Call, object: K, parts: readonly Part[], dim: bigint): Promise<K> {
  const { engine } = call;
  const n = await restoreTensors(call, object, parts, dim);
  if (n <= 0n) return NULL;
  const defined = parts.filter(({ info }) => info.defined);
  const { device } = defined[0]!.info;
  const order = call.keep(await make(call, "randperm", { n, dtype: "long", device }));
  const shuffled: Handle[] = [];
  for (const { handle, info } of defined) {
    const index =
      info.device === device ? order : call.keep(await engine.convert(order, { device: info.device }));
    const args = { self: { handle }, dim, index: { handle: index } };
    shuffled.push(call.keep(await make(call, "index_select", args)));
  }
  const { handle, kind } = firstObject(call, object)!;
  if (kind === "tensor") engine.replace(handle, engine.addref(shuffled[0]!));
  else {
    const at = parts.flatMap(({ info, label }) => (info.defined ? [label] : []));
    await engine.setMembers(handle, kind === "vector" ? at.map(BigInt) : at, shuffled);
  }
  return NULL;
}

function unshuffle(call: Call, x: K): Soon<K> {
  const model = onlyModel(call, x, (given) => `unshuffle: requires model argument, given ${given}`);
  return after(call.engine.unshuffleData(model), () => NULL);
}

export const batchTopic: Topic = [
  ...page("tensorop", { batch, restore }),
  ...page("train", {
    testbatch: (call, x) => nextOf(call, onlyModel(call, x, ONLY("testbatch")), "test", "testbatch"),
    batchinit: begin("train", "batchinit"),
    testinit: begin("test", "testinit"),
    testrestore,
    shuffle,
    unshuffle,
  }),
];
