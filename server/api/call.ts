/** What a k api function is, and all that it gets (DESIGN, decision 6). */
import type { K } from "../../protocol/values.js";
import type { Engine, Handle } from "../engine/index.js";
import type { Parcel } from "../engine/parcel.js";

/** What a function gives: a value, or a parcel where the call takes parcels. */
export type Answer = K | Parcel;

/** Process-wide settings that functions of the k api change (config page). */
export interface Settings {
  /** Data type of new tensors that name none: float or double (`dtype`). */
  defaultDtype: string;
  /** Whether errors were asked for with their C++ frames (setting stackframe): it is kept, and no frames are sent. */
  stackFrame: boolean;
  /** Whether complex k values have real and imaginary parts on the first dimension (setting complexfirst). */
  complexFirst: boolean;
  /** Whether definitions are printed with all options or only those not at their default (setting alloptions). */
  allOptions: boolean;
  /** The only folder in which sessions may write files; undefined: they may not (option --data). */
  readonly dataFolder: string | undefined;
}

export const defaultSettings = (): Settings => ({
  defaultDtype: "float",
  stackFrame: false,
  complexFirst: true,
  allOptions: true,
  dataFolder: undefined,
});

/** One call of a k api function, as the function sees it. It cannot name another user's objects. */
export interface Call {
  /** The verbs of the calling user. */
  readonly engine: Engine;
  readonly settings: Settings;
  readonly userName: string;
  /** Whether a parcel may be the answer: what is sent to the session leaves as it is made. */
  readonly takesParcels: boolean;
  /**
   * The arguments are those of a request in list form, and nobody else has them: their bytes may become the memory of
   * what the function makes.
   */
  readonly ownsArguments: boolean;
  /** Says that time is up, the session is gone or the server closes; its reason is a KError. */
  readonly signal: AbortSignal;
  /** The user's other calls are to end. */
  stopOthers(): void;
  /** The handle ends with the call, however that ends. */
  keep(handle: Handle): Handle;
  /** The handle ends where the call fails or is stopped. */
  made(handle: Handle): Handle;
  /**
   * Sends the session an asynchronous message, now or at any later time.
   * @returns false when the connection is gone
   */
  push(value: K): boolean;
  /** Keeps the turn until then, although the answer is there before. */
  keepTurn(until: Promise<void>): void;
  /**
   * For a long function, between two steps: lets the calls that wait run first. Nothing to await where none waits.
   * @throws the signal's reason when the call is to stop
   */
  giveWay(): Promise<void> | undefined;
  /**
   * For work that can give way in the middle: `wake` is called as soon as another call waits or this one is to stop, at
   * once where that is so already.
   * @returns ends this
   */
  onWanted(wake: () => void): () => void;
}

/** A row of the k api's table. */
export interface ApiFunction {
  readonly name: string;
  /** How many arguments it takes. */
  readonly rank: 1 | 2;
  /** The documentation page that it belongs to. */
  readonly page: string;
  /** What a process sends by itself, by a name that clients have functions of their own for: `functions[]` leaves it out. */
  readonly message?: boolean;
  /** What `help` says of it, where its topic says it: forms as in function_forms.ts, a sentence, a call, its options. */
  readonly about?: {
    readonly forms: string;
    readonly help: string;
    readonly example: string;
    readonly options?: K;
  };
  /** Called with exactly `rank` arguments; `::` stands for none. Throws a KError for the peer. */
  run(call: Call, ...args: K[]): Answer | Promise<Answer>;
}

export type Run = (call: Call, x: K) => Answer | Promise<Answer>;
export type Run2 = (call: Call, x: K, y: K) => Answer | Promise<Answer>;

/** The functions that a file holds. */
export type Topic = readonly ApiFunction[];

/** Functions of one argument by name, all of one documentation page. */
export const page = (name: string, functions: Readonly<Record<string, Run>>): Topic =>
  Object.entries(functions).map(([each, run]) => ({
    name: each,
    rank: 1,
    page: name,
    run: (call, x) => run(call, x!),
  }));

/** A function of two arguments. */
export const dyad = (name: string, page: string, run: Run2): ApiFunction => ({
  name,
  rank: 2,
  page,
  run: (call, x, y) => run(call, x!, y!),
});
