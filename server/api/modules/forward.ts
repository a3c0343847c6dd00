/** Forward calculation of modules and models, with gradients and without (docs/train.rst). */

import { type K, List } from "../../../protocol/values.js";
import { asHandle } from "../../engine/handle.js";
import type { Handle, Input, Soon } from "../../engine/index.js";
import { after, answer, asSymbol, fail, resolve } from "../args/read.js";
import { readValues } from "../args/values.js";
import { type Call, page, type Topic } from "../call.js";
import { LAYERS } from "./types/layers.js";

/** How a module computes: as the engine's `forward` says. */
interface Mode {
  readonly who: string;
  readonly mode: "train" | "nograd" | "evaluate";
  readonly asK: boolean;
}

/** The tensors of all input arguments, in order. */
export function readInputs(
  call: Call,
  args: readonly K[],
  who: string,
): { inputs: Input[]; dictionary: boolean } {
  const read = args.map((x) => readValues(call, x, who));
  return {
    inputs: read.flatMap((values) => values.inputs),
    dictionary: read.some((values) => values.kind === "dictionary"),
  };
}

/** Types that tell how many inputs they take; a chain asks its first module. */
function checkInputs(type: string, count: number, dictionary: boolean): void {
  const layer = LAYERS.get(type);
  if (layer === undefined || !layer.forward) return;
  const { fewest } = layer;
  const kinds = layer.inputs.filter((kind) => kind !== "");
  if (dictionary || count === 0)
    fail(
      `${type}: forward(${kinds.slice(0, Math.max(1, fewest)).join(",")}) not implemented given ${dictionary ? "dictionary" : "empty"}`,
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
  const { handle, rest } = childOf(call, found.handle, args.slice(1));
  const { inputs, dictionary } = readInputs(call, rest, who);
  checkInputs(engine.definition(handle).type, inputs.length, dictionary);
  return after(engine.forward(handle, inputs, mode, asK), answer);
}

/** A symbol after the module, with inputs to follow, names a child that computes in its place. */
function childOf(call: Call, module: Handle, args: readonly K[]): { handle: Handle; rest: readonly K[] } {
  const name = args.length > 1 ? asSymbol(args[0]) : undefined;
  if (name === undefined) return { handle: module, rest: args };
  const child = call.engine.child(module, name) ?? fail(`Submodule '${name}' is not defined`);
  return { handle: call.keep(child), rest: args.slice(1) };
}

const FORWARD_MODES: readonly Mode[] = [
  { who: "forward", mode: "train", asK: false },
  { who: "nforward", mode: "nograd", asK: false },
  { who: "eforward", mode: "evaluate", asK: false },
  { who: "evaluate", mode: "evaluate", asK: true },
];

/** For functions that modules call: in the module's own mode, as `forward`. */
const WITHIN: Mode = { who: "kforward", mode: "train", asK: false };

export const forwardTopic: Topic = [
  ...page(
    "train",
    Object.fromEntries(FORWARD_MODES.map((mode) => [mode.who, (call: Call, x: K) => forward(call, x, mode)])),
  ),
  ...page("modules", { kforward: (call, x) => forward(call, x, WITHIN) }),
];
