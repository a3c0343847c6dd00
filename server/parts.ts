/** The real parts of a server: the engine, the k api over it. Needs the addon. */
import { typeName } from "./api/names.js";
import { apiFunctions, defaultSettings } from "./api/table.js";
import { type Engine, loadEngine } from "./engine.js";
import { OptionError } from "./errors.js";
import type { Parts } from "./index.js";

function engineOrExplain(): Engine {
  try {
    return loadEngine(typeName);
  } catch (error) {
    throw new OptionError((error as Error).message.replace(/^torchq: /, ""));
  }
}

/** @throws OptionError when the addon is not built or cannot be loaded, saying what to do */
export function realParts(): Parts {
  const engine = engineOrExplain();
  return {
    functions: apiFunctions({ engine, settings: defaultSettings() }),
    freeUser({ id }) {
      for (const handle of engine.handles(id)) engine.release(id, handle);
    },
  };
}
