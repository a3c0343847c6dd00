/** The parts of a model as objects of their own, and for the time of a call. */
import type { Engine, Handle } from "../../engine/index.js";

export type Part = "module" | "loss" | "optimizer";
export const PARTS: readonly Part[] = ["module", "loss", "optimizer"];

/** All parts of a model as new handles. */
export function partsOf(engine: Engine, model: Handle): Record<Part, Handle> {
  const [module, loss, optimizer] = PARTS.map((which) => engine.part(model, which));
  return { module: module!, loss: loss!, optimizer: optimizer! };
}
