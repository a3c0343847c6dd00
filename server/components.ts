/** The real parts of a server: the engine, the k api over it, the language. Needs the addon. */
import { statSync } from "node:fs";
import { resolve } from "node:path";
import { typeName } from "./api/args/ktypes.js";
import type { Answer } from "./api/call.js";
import { apiOver } from "./api/index.js";
import { nativeCodec } from "./engine/codec.js";
import { type Door, loadEngine } from "./engine/index.js";
import { OptionError } from "./errors.js";
import { Feeds } from "./feed/feeds.js";
import { feedTopic } from "./feed/topic.js";
import { DEFAULT_TEXT_LIMITS, Threads } from "./language/index.js";
import { limitThreads } from "./machine.js";
import { complete, type Options } from "./options.js";
import type { Components } from "./server.js";

function engineOrExplain(): Door {
  limitThreads();
  try {
    return loadEngine(typeName);
  } catch (error) {
    throw new OptionError((error as Error).message.replace(/^torchq: /, ""));
  }
}

/** Milliseconds beyond its time in which a text must end by itself. */
const GRACE = 1000;

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

export interface RealComponents extends Components {
  readonly engine: Door;
}

/**
 * @param options of which the time limit of a call and that of memory bound a text request's own work too; the limit of
 *   memory that of tensors and messages, together with what the process takes already
 * @throws OptionError when the addon is not built or cannot be loaded, saying what to do
 */
export function realComponents(given: Partial<Options>): RealComponents {
  const { callTimeout, data, feeds: most, logs, memory, plants, textThreads } = complete(given);
  if (data !== undefined && !isFolder(data)) throw new OptionError(`--data: there is no folder ${data}`);
  const engine = engineOrExplain();
  if (Number.isFinite(memory)) engine.limitMemory(memory - process.memoryUsage.rss());
  const time = Number.isFinite(callTimeout) ? callTimeout * 1000 : DEFAULT_TEXT_LIMITS.time;
  const language = new Threads<Answer>(
    { ...DEFAULT_TEXT_LIMITS, time, resident: memory, grace: GRACE },
    textThreads,
  );
  const folder = data === undefined ? undefined : resolve(data);
  const feeds = new Feeds({ most, plants, logs, data: folder });
  return {
    engine,
    api: apiOver(engine, folder, feedTopic(feeds)),
    background: feeds,
    codec: nativeCodec(engine),
    language,
    onCallback: (ask) => engine.onCallback(ask),
    freeUser({ id }) {
      language.forget(id);
      engine.forgetUser(id);
    },
    newUser: () => engine.newUser(),
    spareMemory: () => engine.memoryUse().waiting,
    warnings: () => engine.newWarnings(),
  };
}
