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
  /** Milliseconds after which a running request lets others have their turn. */
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

/**
 * Bytes that values were made of since it was last looked what of them is still reachable. It belongs to the user, like
 * the variables: what one request leaves behind counts in the next.
 */
export interface Account {
  claimed: number;
}

/** What one request has used. */
export class Budget {
  depth = 0;
  #steps = 0;
  #untilCheck = CHECK_EVERY;
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
    readonly account: Account = { claimed: 0 },
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
    if (this.#stopped) throw new KError("stop");
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
  }

  resume(): void {
    this.#sliceStart = performance.now();
    this.#outer = active;
    active = this;
  }

  enter(): void {
    const { depth } = this.limits;
    if (depth > 0 && ++this.depth > depth) throw new KError("stack");
  }

  leave(): void {
    this.depth--;
  }

  /** @throws KError 'wsfull */
  claim(bytes: number): void {
    const { memory } = this.limits;
    this.account.claimed += bytes;
    if (memory === 0 || this.account.claimed <= memory) return;
    // What is not reachable any more is free again. Half of the memory is kept for that, so that looking for what is
    // reachable is rare however full the other half is.
    const live = bytes > memory ? 0 : this.reachable();
    this.account.claimed = live;
    if (live * 2 + bytes > memory) throw new KError("wsfull");
    this.account.claimed += bytes;
  }
}

/** The budget of the request that runs now: evaluation is cooperative, so one at a time. */
let active: Budget | undefined;

/**
 * Says that a value of so many bytes is about to be made, so that a request fails before it allocates.
 * @throws KError 'wsfull
 */
export const claim = (bytes: number): void => active?.claim(bytes);
