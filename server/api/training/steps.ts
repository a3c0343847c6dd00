/** The steps of training: gradients, backward calculation, updates, and the random seed (docs/train.rst). */

import { Atom, type K, NULL } from "../../../protocol/values.js";
import type { Handle, Input, Kind, Soon } from "../../engine/index.js";
import { make } from "../args/invoke.js";
import { nameOf } from "../args/ktypes.js";
import {
  after,
  answer,
  asSymbol,
  describe,
  encoded,
  fail,
  firstObject,
  isAbsent,
  type ObjectWithRest,
  resolve,
} from "../args/read.js";
import { type Call, page, type Topic } from "../call.js";
import { checkExamples, readExamples, shapeOf } from "./data.js";
import { firstOf } from "./subject.js";

const BACKWARD_MODES = ["free", "retain", "create", "createfree"];
const SUBJECT = (who: string): string =>
  `${who}: expects tensor or model as 1st arg, e.g. ${who}(tensor) or ${who}(model;inputs;targets)`;
const TENSOR_FORMS =
  "backward: unexpected arg(s), expecting (t;s), (t;g) or (t;g;s) with t-tensor, g-tensor, s-sym, e.g. `retain";

function backward(call: Call, x: K): Soon<K> {
  const found = firstObject(call, x);
  if (found?.kind === "tensor") return ofTensor(call, found.handle, found.rest);
  if (found?.kind === "model") return ofModel(call, found, "backward");
  return fail(SUBJECT("backward"));
}

/** (tensor), (tensor;mode), (tensor;gradient) or (tensor;gradient;mode). */
function ofTensor(call: Call, tensor: Handle, rest: readonly K[]): Soon<K> {
  const last = rest.at(-1);
  const mode = last === undefined ? undefined : asSymbol(last);
  const gradients = mode === undefined ? rest : rest.slice(0, -1);
  if (gradients.length > 1) return fail(TENSOR_FORMS);
  if (mode !== undefined && !BACKWARD_MODES.includes(mode))
    return fail(
      `unrecognized setting for backprop: ${mode}, expecting one of: free,retain,create or createfree`,
    );
  const given = gradients[0];
  return after(
    given instanceof Atom
      ? filledLike(call, tensor, given)
      : given === undefined
        ? undefined
        : gradientInput(call, given),
    (gradient) => after(call.engine.backward(tensor, gradient, mode ?? "free"), () => NULL),
  );
}

/** A scalar gradient stands for all of the tensor's elements. */
function filledLike(call: Call, tensor: Handle, x: Atom): Soon<Input> {
  const { engine } = call;
  const { size } = engine.describe(tensor);
  if (size.length === 0) return encoded(x);
  return after(engine.create(encoded(x)), (scalar) => {
    const self = { handle: call.keep(scalar) };
    return after(make(call, "expand", { self, size: [...size] }), (result) => call.keep(result));
  });
}

function gradientInput(call: Call, x: K): Input | undefined {
  if (isAbsent(x)) return undefined;
  const found = resolve(call, x);
  if (found === undefined) return encoded(x);
  return found.kind === "tensor" ? found.handle : fail(TENSOR_FORMS);
}

/**
 * (model) or (model;inputs;targets): the loss of the model's output, as a k scalar, after the gradients or the whole
 * step.
 */
function ofModel(call: Call, { handle: model, rest }: ObjectWithRest, who: "backward" | "backstep"): Soon<K> {
  const { engine } = call;
  const compute = who === "backward" ? engine.backwardModel : engine.backstep;
  if (rest.length === 0) {
    const { inputs, targets } = engine.dataInfo(model, "train");
    checkExamples(call, model, inputs, targets);
    return after(compute.call(engine, model), answer);
  }
  const { inputs, targets } = readExamples(call, rest, who);
  checkExamples(call, model, shapeOf(inputs), shapeOf(targets));
  return after(compute.call(engine, model, [...inputs.inputs], [...targets.inputs]), answer);
}

function backstep(call: Call, x: K): Soon<K> {
  const found = firstObject(call, x);
  if (found?.kind !== "model")
    return fail(`backstep: model expected as 1st argument, given ${describe(call, firstOf(x))}`);
  const { length } = found.rest;
  if (length === 1 || length > 2)
    return fail(`backstep expecting (model;inputs;targets), but ${length + 1} args given`);
  return ofModel(call, found, "backstep");
}

function step(call: Call, x: K): Soon<K> {
  const found = resolve(call, x);
  if (found?.kind !== "optimizer" && found?.kind !== "model")
    return fail(`step: expects optimizer or model, given ${found?.kind ?? nameOf(x)}`);
  return after(call.engine.step(found.handle), () => NULL);
}

const WITH_GRADIENTS: readonly Kind[] = ["tensor", "vector", "dictionary", "module", "optimizer", "model"];

/** An object whose tensors have gradients. */
function gradients(call: Call, x: K, who: string): Handle {
  const found = resolve(call, x);
  return found !== undefined && WITH_GRADIENTS.includes(found.kind)
    ? found.handle
    : fail(`${who}: not implemented for ${found?.kind ?? nameOf(x)}`);
}

export const trainingTopic: Topic = [
  ...page("train", {
    backward,
    backstep,
    step,
    zerograd: (call, x) => after(call.engine.zeroGradients(gradients(call, x, "zerograd")), () => NULL),
    nograd: (call, x) => after(call.engine.clearGradients(gradients(call, x, "nograd")), () => NULL),
  }),
];
