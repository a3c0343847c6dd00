/** The real parts of a server: the engine, the k api over it, the language. Needs the addon. */
import { typeName } from "./api/args/ktypes.js";
import { apiOver } from "./api/index.js";
import { nativeCodec } from "./engine/codec.js";
import { type Door, loadEngine } from "./engine/index.js";
import { OptionError } from "./errors.js";
import { DEFAULT_TEXT_LIMITS, Workspaces } from "./language/index.js";
import type { Options } from "./options.js";
import type { Components } from "./server.js";

function engineOrExplain(): Door {
  try {
    return loadEngine(typeName);
  } catch (error) {
    throw new OptionError((error as Error).message.replace(/^torchq: /, ""));
  }
}

export interface RealComponents extends Components {
  readonly engine: Door;
}

/**
 * @param options of which the time limit of a call bounds a text request's own work too
 * @throws OptionError when the addon is not built or cannot be loaded, saying what to do
 */
export function realComponents({ callTimeout }: Pick<Options, "callTimeout">): RealComponents {
  const engine = engineOrExplain();
  const time = Number.isFinite(callTimeout) ? callTimeout * 1000 : DEFAULT_TEXT_LIMITS.time;
  const language = new Workspaces({ ...DEFAULT_TEXT_LIMITS, time });
  return {
    engine,
    api: apiOver(engine),
    codec: nativeCodec(engine),
    language,
    freeUser({ id }) {
      language.forget(id);
      const own = engine.bind(id);
      for (const handle of own.handles()) own.release(handle);
    },
  };
}
