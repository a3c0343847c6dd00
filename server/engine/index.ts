/**
 * The one typed door to native code. Verbs work for a user: objects that they make belong to him, and handles of others
 * are stale. Verbs that answer `Soon` compute: little work is done at once, much of it on the engine thread behind a
 * promise (DESIGN, decision 5). The text of an error thrown or rejected here is ready for the user.
 */
import { constants } from "node:buffer";
import { createRequire } from "node:module";
import { addonPath } from "./addon.js";
import type { Learning } from "./learning.js";
import type { Library } from "./library.js";
import type { Examination, Machine } from "./machine.js";
import type { Messages, Parcels } from "./messages.js";
import type { Modules } from "./modules.js";
import type { Objects } from "./objects.js";
import type { Collections, Tensors } from "./tensors.js";
import type { Training } from "./training.js";
import type { Handle } from "./values.js";

export type { FeedArray, Learned, LearnerState, LearnWork, RawTensor, StoredTensors } from "./learning.js";
export type { LibrarySettings } from "./library.js";
export type { Examination, Machine } from "./machine.js";
export type { Messages, ParcelMemory } from "./messages.js";
export type { LayerInfo, LayerSpec, NewValues } from "./modules.js";
export type { TensorAttributes, TensorInfo, TensorOptions } from "./tensors.js";
export type {
  DataInfo,
  Epoch,
  GroupOptions,
  OptimizerInfo,
  ParameterChoice,
  Phase,
  RunOptions,
  Samples,
  SamplesKind,
} from "./training.js";
export type * from "./values.js";

/** The verbs of one user. */
export type Engine = Objects & Tensors & Collections & Modules & Training & Learning & Library & Parcels;

/** Native code as a whole: what works for no user, and the way to the verbs of each. */
export interface Door extends Messages, Machine {
  /** The libtorch version that the addon was built with, e.g. "1.13.1". */
  readonly version: string;
  /** What libtorch is on this machine, found when the addon was loaded. */
  readonly examined: Examination;
  /** A user's number, which nobody in the process had before. */
  newUser(): number;
  /** @param user a number of `newUser` */
  bind(user: number): Engine;
  /** The user's objects end; what a call of his makes from now on is refused: 'stale pointer. */
  forgetUser(user: number): void;
  /** From now on tensors and messages that take more than so many bytes in all are 'wsfull. */
  limitMemory(bytes: number): void;
  memoryUse(): MemoryUse;
  /**
   * Has callback modules ask; each of those who are told, oldest first, until one says that the question is his.
   * @returns ends this
   */
  onCallback(ask: Ask): () => void;
  /** libtorch's warnings that were never raised before, for the log. */
  newWarnings(): string[];
}

/** What a callback module asks: that a function be called, and its result given to `answerCallback`. */
export interface CallbackQuestion {
  readonly user: number;
  readonly id: number;
  /** A name or a text. */
  readonly f: string;
  /** The module and its inputs: new handles, which whoever answers frees. */
  readonly args: readonly Handle[];
}

/** Memory of tensors on the CPU and of messages, in bytes. */
export interface MemoryUse {
  readonly used: number;
  /** That was ever in use. */
  readonly most: number;
  /** Given back, and kept for the next use for some seconds. */
  readonly waiting: number;
  /** How many times memory could not be had. */
  readonly refused: number;
}

type Ask = (question: CallbackQuestion) => boolean;
type Verb = (user: number, ...args: unknown[]) => unknown;
type Initialise = (typeName: (type: number) => string, largestArray: number) => void;
type Addon = Messages & Machine & { version: string; initialise: Initialise } & Record<string, Verb>;

/** As many arguments as any verb takes: a fixed number of them is passed on faster than a rest list. */
type Bound = (...args: unknown[]) => unknown;

/** These work for no user. */
const PLAIN = ["openParcel", "fillParcel", "parcelSlice", "forgetSlice", "dropParcel"];

/** Of verbs that no user calls. */
const NOBODY = 0;

/** A reply is one buffer, and has a header before it. */
const LARGEST_ARRAY = Math.min(constants.MAX_LENGTH, 2 ** 40) - 64;

/** A class whose methods are the addon's verbs, each called for the object's user. */
function boundTo(addon: Addon): new (user: number) => Engine {
  class UserEngine {
    constructor(readonly user: number) {}
  }
  const methods = UserEngine.prototype as unknown as Record<string, Bound>;
  for (const [name, verb] of Object.entries(addon)) {
    if (typeof verb !== "function") continue;
    if (PLAIN.includes(name)) methods[name] = verb as Bound;
    else
      methods[name] = function (this: UserEngine, a, b, c, d, e, f, g, h) {
        return verb(this.user, a, b, c, d, e, f, g, h);
      };
  }
  return UserEngine as unknown as new (
    user: number,
  ) => Engine;
}

/** Who is told of questions; a process has one engine. */
const asked = new Set<Ask>();

let examined: Examination | undefined;

/**
 * Loads the addon, and makes sure that it computes rightly; a process has one engine.
 * @param typeName the k api's name of a k type number, for native code's own errors
 * @throws when the addon was not built, saying how to build it
 */
export function loadEngine(typeName: (type: number) => string): Door {
  const addon = createRequire(import.meta.url)(addonPath()) as Addon;
  addon.initialise(typeName, LARGEST_ARRAY);
  examined ??= addon.examine("");
  const UserEngine = boundTo(addon);
  const verb = (name: string) => addon[name] as Verb;
  (addon.onCallback as unknown as (listener: unknown) => void)(
    (user: number, id: number, f: string, args: readonly Handle[]) => {
      const question = { user, id, f, args };
      for (const ask of asked) if (ask(question)) return;
      for (const handle of args) verb("release")(user, handle);
      verb("answerCallback")(user, id, undefined, "callback: no session's call computes this");
    },
  );
  return Object.assign(Object.create(addon) as Addon, {
    examined,
    bind: (user: number) => new UserEngine(user),
    newUser: () => verb("newUser")(NOBODY) as number,
    forgetUser: (user: number) => void verb("forgetUser")(user),
    limitMemory: (bytes: number) => void verb("limitMemory")(NOBODY, bytes),
    onCallback(ask: Ask) {
      asked.add(ask);
      return () => void asked.delete(ask);
    },
    memoryUse: () => verb("memoryUse")(NOBODY) as MemoryUse,
    newWarnings: () => verb("newWarnings")(NOBODY) as string[],
  });
}
