/**
 * Runs over all batches of a model's data (docs/train.rst): `run` and `testrun`. They go on in slices, so that other calls
 * are answered meanwhile (DESIGN, decision 9).
 */
import * as k from "../../../protocol/make.js";
import type { K } from "../../../protocol/values.js";
import { handleK } from "../../engine/handle.js";
import type { Epoch, Handle, Phase, Result, RunOptions, Soon } from "../../engine/index.js";
import { answer, asLong, describe, fail, firstObject, isAbsent } from "../args/read.js";
import { type Call, page, type Run } from "../call.js";
import { checkExamples, readExamples, shapeOf } from "./data.js";
import { checkTasks } from "./run_options.js";
import { firstOf, onlyModel } from "./subject.js";

/** Sets the data where some is given; what cannot be run is refused before. */
async function prepare(
  call: Call,
  model: Handle,
  phase: Phase,
  rest: readonly K[],
  who: string,
): Promise<RunOptions> {
  const { engine } = call;
  const options = engine.runOptions(model, phase);
  checkTasks(options, who);
  if (options.tensor && options.dictionary && new Set(options.metrics).size < options.metrics.length)
    fail(`${who}: a dictionary has each metric once, given ${options.metrics.join(" ")}`);
  const needsLoss =
    phase === "train" || options.metrics.includes("loss") || options.metrics.includes("batchloss");
  if (rest.length > 0) {
    const { inputs, targets } = readExamples(call, rest, who);
    checkExamples(call, model, shapeOf(inputs), needsLoss ? shapeOf(targets) : undefined);
    await engine.setData(model, phase, inputs, targets);
  } else {
    const { inputs, targets, batches } = engine.dataInfo(model, phase);
    if (batches > options.task) checkExamples(call, model, inputs, needsLoss ? targets : undefined);
  }
  return options;
}

/** A part of a run, which ends soon where somebody waits. */
async function hurried<T>(call: Call, slice: () => Soon<T>): Promise<T> {
  const { engine } = call;
  engine.hurry(false);
  const release = call.onWanted(() => engine.hurry(true));
  try {
    return await slice();
  } finally {
    release();
  }
}

/** All batches once. @returns a result of each metric: k arrays, or new handles */
export async function runThrough(
  call: Call,
  model: Handle,
  phase: Phase,
  asK: boolean,
  forwardOnly = false,
): Promise<readonly Result[]> {
  const { engine } = call;
  let results = await hurried(call, () => engine.beginRun(model, phase, forwardOnly, asK));
  try {
    while (results === undefined) {
      await call.giveWay();
      results = await hurried(call, () => engine.runSlice(model, phase, asK));
    }
    return results;
  } finally {
    // where the model was freed meanwhile its run has ended with it
    if (results === undefined && engine.kind(model) === "model") engine.endRun(model, phase);
  }
}

async function metricsOf(call: Call, options: RunOptions, results: readonly Result[]): Promise<K> {
  const { engine } = call;
  const { metrics, dictionary, tensor } = options;
  if (!tensor) {
    const values = results.map(answer);
    if (dictionary) return k.dict(k.symbols(metrics), k.list(values));
    return values.length === 1 ? values[0]! : k.collapse(values);
  }
  const handles = results as readonly Handle[];
  if (!dictionary && handles.length === 1) return handleK(handles[0]!);
  const items = handles.map((handle) => call.keep(handle));
  return handleK(await (dictionary ? engine.dict([...metrics], items) : engine.vector(items)));
}

/** What a run answers: a value of each metric, as the options say. */
async function runOnce(call: Call, model: Handle, phase: Phase, options: RunOptions): Promise<K> {
  const results = await runThrough(call, model, phase, !options.tensor);
  return results.length === 0 && !options.tensor && !options.dictionary
    ? k.EMPTY
    : await metricsOf(call, options, results);
}

/** Epochs that one call may ask for. */
export const MOST_EPOCHS = 100_000n;

/** @throws KError for a number of epochs that is none */
export function epochsOf(call: Call, x: K | undefined, who: string): number {
  const n =
    asLong(x) ??
    fail(`${who}: number of epochs expected, given ${x === undefined ? "none" : describe(call, x)}`);
  return n >= 1n && n <= MOST_EPOCHS
    ? Number(n)
    : fail(`${who}: 1 to ${MOST_EPOCHS} epochs expected, given ${n}`);
}

/** (model), (model;inputs;targets) or, beyond ktorch, (model;epochs): the answers of so many runs. */
const run =
  (phase: Phase, who: string): Run =>
  async (call, x) => {
    const found = firstObject(call, x);
    if (found?.kind !== "model")
      return fail(`${who}: model expected as 1st argument, given ${describe(call, firstOf(x))}`);
    const { handle, rest } = found;
    const several = rest.length === 1 && phase === "train" && asLong(rest[0]) !== undefined;
    const count = several ? epochsOf(call, rest[0], who) : 1;
    const options = await prepare(call, handle, phase, several ? [] : rest, who);
    if (!several) return await runOnce(call, handle, phase, options);
    const answers: K[] = [];
    for (let i = 0; i < count; i++) {
      answers.push(await runOnce(call, handle, phase, call.engine.runOptions(handle, phase)));
      await call.giveWay();
    }
    return k.collapse(answers);
  };

/** The epochs that go on, of all the user's models. */
async function going({ engine }: Call): Promise<readonly Epoch[]> {
  const epochs: Epoch[] = [];
  for (const handle of engine.handles()) {
    // it may be freed while another one is looked at
    if (engine.kind(handle) !== "model" || !engine.running(handle)) continue;
    const epoch = await engine.epoch(handle);
    if (epoch !== undefined) epochs.push(epoch);
  }
  return epochs;
}

/**
 * A table of the runs over a model's training data, the last one as far as it is; without a model, of those that go on,
 * whatever model of the user's they train.
 */
async function history(call: Call, x: K): Promise<K> {
  const epochs = isAbsent(x)
    ? await going(call)
    : await call.engine.history(onlyModel(call, x, (given) => `history: model expected, given ${given}`));
  return k.table({
    epoch: k.longs(epochs.map(({ epoch }) => epoch)),
    batch: k.longs(epochs.map(({ batch }) => batch)),
    batches: k.longs(epochs.map(({ batches }) => batches)),
    loss: k.floats(epochs.map(({ loss }) => loss ?? Number.NaN)),
    rate: k.floats(epochs.map(({ rate }) => rate)),
    seconds: k.floats(epochs.map(({ seconds }) => seconds)),
  });
}

export const runTopic = page("train", {
  run: run("train", "run"),
  testrun: run("test", "testrun"),
  history,
});
