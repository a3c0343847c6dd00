import { KError } from "../../../protocol/values.js";

/** How far one text request may go. Zero means without limit. */
export interface TextLimits {
  /** Expressions evaluated and items passed to functions, then 'limit. */
  readonly steps: number;
  /** Calls inside calls, then 'stack. */
  readonly depth: number;
  /** Milliseconds of the evaluator's own work (waiting for a k api function does not count), then 'stop. */
  readonly time: number;
  /** Bytes of the request's values and the user's variables, then 'wsfull; half of it may be in use for long. */
  readonly memory: number;
  /** Characters of a text, then 'limit: it is read in one go. */
  readonly text: number;
  /** Milliseconds after which a running request lets other sessions have their turn. */
  readonly slice: number;
}

export const DEFAULT_TEXT_LIMITS: TextLimits = {
  steps: 100_000_000,
  depth: 400,
  time: 60_000,
  memory: 512 * 2 ** 20,
  text: 2 ** 20,
  slice: 5,
};

const CHECK_EVERY = 64;
/** So many bytes claimed are work like one step. */
const BYTES_A_STEP = 2 ** 14;
/** So many bytes may be claimed before it is asked whether the process has room for them. */
const UNASKED = 2 ** 20;

/**
 * What a user's requests share: the bytes that values were made of since it was last looked what of them is still
 * reachable (what one request leaves behind counts in the next), and how many they may be.
 */
export interface Account {
  claimed: number;
  limit: number;
}

/** What is around a request, where it runs on a thread of its own. */
export interface Surroundings {
  /** The request begins to run, or, with false, stops for a while: nobody else has a turn on the thread in between. */
  running(on: boolean): void;
  /** Whether somebody wants the request to end. */
  stopped(): boolean;
  /** Whether the process may take so many more bytes. */
  hasRoom(bytes: number): boolean;
  /** Bytes that all values on the thread take, those that nobody can reach any more included. */
  used(): number;
}

const NOTHING_AROUND: Surroundings = {
  running: () => {},
  stopped: () => false,
  hasRoom: () => true,
  used: () => Number.POSITIVE_INFINITY,
};

/** What one request has used. */
export class Budget {
  depth = 0;
  #steps = 0;
  #untilCheck = CHECK_EVERY;
  #unasked = 0;
  /** Bytes claimed by the primitive that runs: what it has made so far nobody else can reach. */
  #within = 0;
  #spent = 0;
  #sliceStart = performance.now();
  #stopped = false;
  /** The request inside of which this one runs: a k api function may have text evaluated. */
  #outer: Budget | undefined;

  /**
   * @param reachable bytes of everything the request can still reach; asked for when the claims alone pass the limit,
   * because most of what a loop makes is garbage by then
   */
  constructor(
    readonly limits: TextLimits,
    readonly reachable: () => number,
    readonly account: Account = { claimed: 0, limit: limits.memory },
    readonly around: Surroundings = NOTHING_AROUND,
  ) {}

  /** Ends the request with 'stop at its next step. */
  stop(): void {
    this.#stopped = true;
    this.#untilCheck = 0;
  }

  /**
   * Counts a step of `weight`.
   * @returns true when it is time to let others run (yield PAUSE)
   * @throws KError 'limit, 'stop
   */
  step(weight = 1): boolean {
    this.#steps += weight;
    this.#untilCheck -= weight;
    return this.#untilCheck <= 0 && this.#check();
  }

  #check(): boolean {
    const { steps, time, slice } = this.limits;
    if (this.#stopped || this.around.stopped()) throw new KError("stop");
    this.#untilCheck = CHECK_EVERY;
    if (steps > 0 && this.#steps > steps) throw new KError("limit");
    const running = performance.now() - this.#sliceStart;
    if (time > 0 && this.#spent + running > time) throw new KError("stop");
    return running > slice;
  }

  /** The evaluator stops running: its clock stands still until `resume`. */
  suspend(): void {
    this.#spent += performance.now() - this.#sliceStart;
    active = this.#outer;
    this.around.running(false);
  }

  resume(): void {
    this.around.running(true);
    this.#sliceStart = performance.now();
    this.#outer = active;
    active = this;
  }

  /** A primitive begins. */
  primitive(): void {
    this.#within = 0;
  }

  enter(): void {
    const { depth } = this.limits;
    if (depth > 0 && ++this.depth > depth) throw new KError("stack");
  }

  leave(): void {
    this.depth--;
  }

  /** Counts work inside of a primitive, which cannot pause. @throws KError 'stop */
  work(weight: number): void {
    this.#untilCheck -= weight;
    if (this.#untilCheck <= 0) this.#check();
  }

  /** @throws KError 'wsfull; 'stop, since who makes values works */
  claim(bytes: number): void {
    if (!(bytes < Number.POSITIVE_INFINITY)) throw new KError("wsfull");
    this.work(1 + bytes / BYTES_A_STEP);
    this.#unasked += bytes;
    if (this.#unasked > UNASKED) {
      if (!this.around.hasRoom(this.#unasked)) throw new KError("wsfull");
      this.#unasked = 0;
    }
    const { account } = this;
    const { limit } = account;
    account.claimed += bytes;
    this.#within += bytes;
    if (limit === 0 || account.claimed <= limit) return;
    // What is not reachable any more is free again. Half of the memory is kept for that, so that looking for what is
    // reachable is rare however full the other half is. What the primitive has made may be garbage or not, but no more
    // than there is.
    const live = bytes > limit ? 0 : this.reachable();
    const within = Math.min(this.#within - bytes, Math.max(0, this.around.used() - live));
    account.claimed = live + within;
    if (live * 2 + within + bytes > limit) throw new KError("wsfull");
    account.claimed += bytes;
  }
}

/** The budget of the request that runs now: evaluation is cooperative, so one at a time. */
let active: Budget | undefined;

/**
 * Says that a value of so many bytes is about to be made, so that a request fails before it allocates.
 * @throws KError 'wsfull, 'stop
 */
export const claim = (bytes: number): void => active?.claim(bytes);

/**
 * Counts work that makes no values: so many items of a loop.
 * @throws KError 'stop
 */
export const work = (items: number): void => active?.work((1 + items) / ITEMS_A_STEP);

/** So many items of a simple loop are work like one step. */
const ITEMS_A_STEP = 64;

/** What objects cost in V8's heap and beside it, measured: atoms, vectors with their own bytes (besides those), views. */
export const ATOM_BYTES = 80;
export const VECTOR_BYTES = 360;
export const VIEW_BYTES = 160;
/** A place in an array, which grows by half when it is full. */
export const PLACE_BYTES = 16;

/** V8's own limits by q's names: calls nested too deep, and no room for an array, a string or a buffer. */
export function asLimit(thrown: unknown): unknown {
  if (!(thrown instanceof Error)) return thrown;
  const { message } = thrown;
  if (thrown instanceof RangeError && message.includes("call stack")) return new KError("stack");
  return NO_ROOM.test(message) || (thrown as NodeJS.ErrnoException).code === "ERR_STRING_TOO_LONG"
    ? new KError("wsfull")
    : thrown;
}

const NO_ROOM =
  /^(Invalid (typed )?(array|string) (buffer )?length|Array buffer allocation|.* maximum size exceeded)/;
