/** What models are trained and tested on, and the options of it (docs/train.rst): `train`, `data`, `input` and their kin. */
import * as k from "../../../protocol/make.js";
import { Dict, type K, NULL, Symbols } from "../../../protocol/values.js";
import { handleK } from "../../engine/handle.js";
import type { Handle, Phase, Samples, Soon } from "../../engine/index.js";
import { after, answer, asFlag, asSymbol, asSymbols, fail } from "../args/read.js";
import { readSamples } from "../args/samples.js";
import { type Call, page, type Run, type Topic } from "../call.js";
import { checkInputs } from "../modules/forward.js";
import { checkTargets } from "./losses.js";
import { optionValue, optionValues, setGiven, setOption, setOptions, shownOptions } from "./run_options.js";
import { modelAndRest, onlyModel } from "./subject.js";

const FIRST = (who: string) => (): string => `${who}: 1st argument must be a model`;

/** (inputs) or (inputs;targets). */
export function readExamples(
  call: Call,
  args: readonly K[],
  who: string,
): { readonly inputs: Samples; readonly targets: Samples } {
  if (args.length > 2)
    fail(`${who}: up to 3 args expected, (model;inputs;targets) but ${args.length + 1} given`);
  const inputs = readSamples(call, args.slice(0, 1), who);
  return { inputs, targets: readSamples(call, args.slice(1), who) };
}

interface Shape {
  readonly kind: Samples["kind"];
  readonly count: bigint;
}

export const shapeOf = ({ kind, inputs }: Samples): Shape => ({ kind, count: BigInt(inputs.length) });

/** @param targets where their loss is wanted. @throws KError where the model's module or loss takes no such examples */
export function checkExamples(call: Call, model: Handle, inputs: Shape, targets: Shape | undefined): void {
  checkInputs(call, model, inputs.kind, Number(inputs.count));
  if (targets !== undefined) checkTargets(call, model, targets.kind, Number(targets.count));
}

/** Sets both. @returns how many batches they are */
function setBoth(call: Call, model: Handle, phase: Phase, args: readonly K[], who: string): Soon<K> {
  const { inputs, targets } = readExamples(call, args, who);
  return after(call.engine.setData(model, phase, inputs, targets), k.long);
}

const setUp =
  (phase: Phase): Run =>
  (call, x) => {
    const { model, rest } = modelAndRest(call, x, FIRST(phase));
    const [first, second] = rest;
    if (first === undefined) return shownOptions(call, model, phase, call.settings.allOptions);
    const all = rest.length === 1 ? asFlag(first) : undefined;
    if (all !== undefined) return shownOptions(call, model, phase, all);
    const name = asSymbol(first);
    if (name !== undefined) {
      if (second === undefined) return optionValue(call, model, phase, name);
      optionValue(call, model, phase, name);
      if (rest.length > 2)
        fail(`${name}: expecting 3 args, (model; setting; value), ${rest.length + 1} arg(s) supplied`);
      setOption(call, model, phase, name, second);
      return NULL;
    }
    const names = asSymbols(first);
    if (names !== undefined) {
      if (second === undefined) return optionValues(call, model, phase, names);
      if (rest.length > 2)
        fail(`${phase}: given symbols, expecting 3rd argument of values, but given ${rest.length + 1} args`);
      setGiven(call, model, phase, names, second);
      return NULL;
    }
    if (first instanceof Dict && first.keys instanceof Symbols && rest.length === 1) {
      setOptions(call, model, phase, first.keys.names, first.values);
      return NULL;
    }
    return setBoth(call, model, phase, rest, phase);
  };

/** The k value of inputs or targets: an array, a list or dictionary of them, `::` for none. */
function values(call: Call, model: Handle, phase: Phase, which: "inputs" | "targets"): Soon<K> {
  return after(call.engine.data(model, phase, which, true), ({ kind, names, values = [] }) => {
    if (kind === "empty") return NULL;
    const arrays = values.map(answer);
    if (kind === "tensor") return arrays[0]!;
    return kind === "vector" ? k.collapse(arrays) : k.dict(k.symbols(names), k.collapse(arrays));
  });
}

const data =
  (phase: Phase, who: string): Run =>
  (call, x) => {
    const { model, rest } = modelAndRest(call, x, FIRST(who));
    if (rest.length > 0) return setBoth(call, model, phase, rest, who);
    return after(values(call, model, phase, "inputs"), (inputs) =>
      after(values(call, model, phase, "targets"), (targets) => k.list([inputs, targets])),
    );
  };

/** Of inputs or targets alone. */
const half =
  (phase: Phase, which: "inputs" | "targets", who: string): Run =>
  (call, x) => {
    const { engine } = call;
    const { model, rest } = modelAndRest(call, x, FIRST(who));
    if (rest.length > 0) {
      const samples = readSamples(call, rest, who);
      const [inputs, targets] = which === "inputs" ? [samples, undefined] : [undefined, samples];
      return after(engine.setData(model, phase, inputs, targets), k.long);
    }
    return after(engine.data(model, phase, which, false), ({ object }) =>
      object === undefined ? NULL : handleK(object),
    );
  };

const size =
  (phase: Phase, who: string): Run =>
  (call, x) =>
    k.long(
      call.engine.dataSize(
        onlyModel(call, x, (given) => `${who}: model argument expected, given ${given}`),
        phase,
      ),
    );

export const dataTopic: Topic = page("train", {
  train: setUp("train"),
  test: setUp("test"),
  data: data("train", "data"),
  testdata: data("test", "testdata"),
  input: half("train", "inputs", "input"),
  target: half("train", "targets", "target"),
  testinput: half("test", "inputs", "testinput"),
  testtarget: half("test", "targets", "testtarget"),
  datasize: size("train", "datasize"),
  testsize: size("test", "testsize"),
});
