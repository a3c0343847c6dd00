/** Forward calculation of modules and models, with gradients and without (docs/train.rst). */

import { type K, List } from "../../../protocol/values.js";
import { asHandle } from "../../engine/handle.js";
import type { Handle, Samples, Soon } from "../../engine/index.js";
import { after, answer, asSymbol, fail, resolve } from "../args/read.js";
import { readSamples } from "../args/samples.js";
import { type Call, page, type Topic } from "../call.js";
import { LAYERS } from "./types/layers.js";

/** How a module computes: as the engine's `forward` says. */
interface Mode {
  /** What errors call it. */
  readonly who: string;
  readonly mode: "train" | "nograd" | "evaluate" | "within";
  readonly asK: boolean;
}

/** Its first module takes the inputs. */
const CHAIN = "sequential";

/**
 * Types that tell how many inputs they take; a chain asks its first module.
 * @throws KError for another number of them
 */
export function checkInputs({ engine }: Call, module: Handle, samples: Samples["kind"], count: number): void {
  let { type } = engine.definition(module);
  // where one tensor goes in there is nothing to say
  if (type === CHAIN && (samples === "dictionary" || count !== 1))
    type = engine.layers(module).find((layer) => layer.type !== CHAIN)?.type ?? type;
  const layer = LAYERS.get(type);
  if (layer === undefined || !layer.forward) return;
  const { fewest } = layer;
  const kinds = layer.inputs.filter((kind) => kind !== "");
  if (samples === "dictionary" || count === 0)
    fail(
      `${type}: forward(${kinds.slice(0, Math.max(1, fewest)).join(",")}) not implemented given ${samples === "dictionary" ? samples : "empty"}`,
    );
  if (count < fewest)
    fail(
      count === 1
        ? `${type}: ${fewest} args required for forward calculation, single tensor supplied`
        : `${type}: ${count} tensor(s) supplied, but at least ${fewest} required`,
    );
  const most = kinds.reduce((sum, kind) => sum + (kind === "tuple" ? 2 : 1), 0);
  if (count > most) fail(`${type}: ${count} tensors supplied, but only ${most} expected`);
}

function forward(call: Call, x: K, { who, mode, asK }: Mode): Soon<K> {
  const { engine } = call;
  const args = x instanceof List && asHandle(x) === undefined ? x.items : [x];
  const found = args.length === 0 ? undefined : resolve(call, args[0]!);
  if (found === undefined || (found.kind !== "module" && found.kind !== "model"))
    return fail(`${who}: requires a module or model and at least one input`);
  if (found.kind === "model" && args.length === 1) return forwardData(call, found.handle, { mode, asK });
  const { handle, rest } = childOf(call, found.handle, args.slice(1));
  if (rest.length === 0) return fail(`${who}: requires a module or model and at least one input`);
  const { kind, inputs } = readSamples(call, rest, who);
  checkInputs(call, handle, kind, inputs.length);
  return after(engine.forward(handle, [...inputs], mode, asK), answer);
}

/** Of a model's own data: that of tests in evaluation mode. */
function forwardData(call: Call, model: Handle, { mode, asK }: Omit<Mode, "who">): Soon<K> {
  const { engine } = call;
  const phase = mode === "evaluate" ? "test" : "train";
  const { kind, count } = engine.dataInfo(model, phase).inputs;
  checkInputs(call, model, kind, Number(count));
  return after(engine.forwardData(model, phase, mode, asK), answer);
}

/** A symbol after the module, with inputs to follow, names a child that computes in its place. */
function childOf(call: Call, module: Handle, args: readonly K[]): { handle: Handle; rest: readonly K[] } {
  const name = args.length > 1 ? asSymbol(args[0]) : undefined;
  if (name === undefined) return { handle: module, rest: args };
  const child = call.engine.child(module, name) ?? fail(`Submodule '${name}' is not defined`);
  return { handle: call.keep(child), rest: args.slice(1) };
}

const FORWARD_MODES: Readonly<Record<string, Mode>> = {
  forward: { who: "forward", mode: "train", asK: false },
  nforward: { who: "forward", mode: "nograd", asK: false },
  eforward: { who: "eforward", mode: "evaluate", asK: false },
  evaluate: { who: "evaluate", mode: "evaluate", asK: true },
};

/** For functions that modules call: in the module's own mode, as `forward`. */
const WITHIN: Mode = { who: "kforward", mode: "within", asK: false };

export const forwardTopic: Topic = [
  ...page(
    "train",
    Object.fromEntries(
      Object.entries(FORWARD_MODES).map(([name, mode]) => [
        name,
        (call: Call, x: K) => forward(call, x, mode),
      ]),
    ),
  ),
  ...page("modules", { kforward: (call, x) => forward(call, x, WITHIN) }),
];
