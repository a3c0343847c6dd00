/** The parts of a model as objects of their own, and for the time of a call. */
import type { Engine, Handle } from "../../engine/index.js";

export type ModelPart = "module" | "loss" | "optimizer";
export const MODEL_PARTS: readonly ModelPart[] = ["module", "loss", "optimizer"];

/** All parts of a model as new handles. */
export function modelParts(engine: Engine, model: Handle): Record<ModelPart, Handle> {
  const [module, loss, optimizer] = MODEL_PARTS.map((which) => engine.part(model, which));
  return { module: module!, loss: loss!, optimizer: optimizer! };
}
