/** `state`: what an object is and holds, parameters and buffers included. */
import { type Dict, type K, List } from "../../protocol/values.js";
import type { Handle, Soon } from "../engine/index.js";
import { asFlag, fail, resolve } from "./args/read.js";
import { type Call, page, type Topic } from "./call.js";
import { moduleState } from "./modules/state.js";
import { lossTable } from "./training/losses.js";
import { MODEL_PARTS, modelParts } from "./training/model_parts.js";
import { modelDictionary } from "./training/models.js";
import { optimizerState } from "./training/optimizers.js";

async function modelState(call: Call, model: Handle, all: boolean): Promise<Dict> {
  const { engine } = call;
  const parts = modelParts(engine, model);
  try {
    const states = [
      await moduleState(call, parts.module, all),
      lossTable(engine, parts.loss, all),
      await optimizerState(call, parts.optimizer, all),
    ] as const;
    return modelDictionary(call, model, states, all);
  } finally {
    for (const name of MODEL_PARTS) engine.release(parts[name]);
  }
}

function state(call: Call, x: K): Soon<K> {
  const flag = x instanceof List && x.count === 2 ? asFlag(x.items[1]) : undefined;
  const subject = flag === undefined ? x : (x as List).items[0]!;
  const all = flag ?? call.settings.allOptions;
  const found = resolve(call, subject) ?? fail("state: unrecognized arg(s)");
  const { handle } = found;
  switch (found.kind) {
    case "module":
      return moduleState(call, handle, all);
    case "loss":
      return lossTable(call.engine, handle, all);
    case "optimizer":
      return optimizerState(call, handle, all);
    case "model":
      return modelState(call, handle, all);
    default:
      return fail(`state not defined for ${found.kind}`);
  }
}

export const stateTopic: Topic = page("modules", { state });
