/** Models: a module with a loss and an optimizer (docs/model.rst). */

import { type Dict, type K, List, NULL } from "../../../protocol/values.js";
import { asHandle, handleK } from "../../engine/handle.js";
import type { Handle, Kind } from "../../engine/index.js";
import { nameOf } from "../args/ktypes.js";
import { asFlag, type Found, fail, resolve } from "../args/read.js";
import { type Call, page, type Topic } from "../call.js";
import { dictionary } from "../modules/definitions.js";
import { moduleRows, moduleTable } from "../modules/module_rows.js";
import { lossTable } from "./losses.js";
import { MODEL_PARTS, type ModelPart, modelParts } from "./model_parts.js";
import { optimizerTable } from "./optimizers.js";
import { shownOptions } from "./run_options.js";

const isPart = (kind: Kind): kind is ModelPart => (MODEL_PARTS as readonly string[]).includes(kind);

/** A model's definition from those of its parts. */
export const modelDictionary = (
  call: Call,
  model: Handle,
  [module, loss, optimizer]: readonly [K, K, K],
  all: boolean,
): Dict =>
  dictionary(
    ["module", "loss", "optimizer", "train", "test"],
    [
      ...[module, loss, optimizer],
      shownOptions(call, model, "train", all),
      shownOptions(call, model, "test", all),
    ],
  );

function definition(call: Call, model: Handle, all: boolean): Dict {
  const { engine } = call;
  const parts = modelParts(engine, model);
  try {
    const shown = [
      moduleTable(moduleRows(engine, parts.module), all),
      lossTable(engine, parts.loss, all),
      optimizerTable(engine, parts.optimizer, all),
    ] as const;
    return modelDictionary(call, model, shown, all);
  } finally {
    for (const name of MODEL_PARTS) engine.release(parts[name]);
  }
}

/** The parts among arguments from `first` on, each of the last one given. */
function givenParts(call: Call, items: readonly K[], first: number): Partial<Record<ModelPart, Found>> {
  const parts: Partial<Record<ModelPart, Found>> = {};
  for (const [i, x] of items.entries()) {
    if (i < first) continue;
    const found = resolve(call, x);
    if (found === undefined || !isPart(found.kind))
      return fail(`model arg[${i}] unrecognized: ${found?.kind ?? nameOf(x)}`);
    parts[found.kind] = found;
  }
  return parts;
}

/** The objects belong to the model from now on: their handles end. */
function absorb({ engine }: Call, parts: Partial<Record<ModelPart, Found>>): void {
  for (const found of Object.values(parts)) engine.release(found.handle);
}

function model(call: Call, x: K): K {
  const { engine, settings } = call;
  const found = resolve(call, x);
  if (found !== undefined)
    return found.kind === "model"
      ? definition(call, found.handle, settings.allOptions)
      : fail(`model arg[0] unrecognized: long scalar`);
  if (!(x instanceof List)) return fail(`model not implemented for ${nameOf(x)}`);
  const target = x.count > 0 && asHandle(x.items[0]!) !== undefined ? resolve(call, x.items[0]!) : undefined;
  if (target?.kind === "model") return ofModel(call, target.handle, x.items);
  const parts = givenParts(call, x.items, 0);
  for (const name of MODEL_PARTS) if (parts[name] === undefined) fail(`${name} not specified`);
  const { module, loss, optimizer } = parts as Record<ModelPart, Found>;
  const handle = engine.model(module.handle, loss.handle, optimizer.handle);
  absorb(call, parts);
  return handleK(handle);
}

function ofModel(call: Call, handle: Handle, items: readonly K[]): K {
  const all = items.length === 2 ? asFlag(items[1]) : undefined;
  if (all !== undefined) return definition(call, handle, all);
  const parts = givenParts(call, items, 1);
  call.engine.setModel(handle, parts.module?.handle, parts.loss?.handle, parts.optimizer?.handle);
  absorb(call, parts);
  return NULL;
}

export const modelTopic: Topic = page("model", { model });
