/**
 * Turns: k api functions run one at a time, in arrival order over all sessions, as in a q process. What is idle runs
 * at once and in the same tick; a long job gives way in the middle so that the others are not kept waiting.
 */
export class Turns {
  /** Invariant: while not busy and not draining, nothing waits. */
  #busy = false;
  #draining = false;
  readonly #waiting: (() => void)[] = [];

  /** Called when a job begins to wait; the job whose turn it is sets it. */
  onWaiting: (() => void) | undefined;

  /** How many jobs wait for their turn. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /**
   * Runs a job when its turn comes. The turn lasts until the job returns or, where it returns a promise, until that
   * settles. When idle, the job runs now, and its result or exception comes back without a promise of ours.
   * @param until asked when a promise has settled: what the turn lasts until beyond that, if anything.
   */
  take<T>(
    job: () => T | Promise<T>,
    until: () => Promise<void> | undefined = () => undefined,
  ): T | Promise<T> {
    if (!this.#busy && !this.#draining) {
      try {
        return this.#run(job, until);
      } finally {
        if (!this.#busy) this.#drain();
      }
    }
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push(() => {
        try {
          resolve(this.#run(job, until));
        } catch (error) {
          reject(error);
        }
      });
      this.onWaiting?.();
    });
  }

  /**
   * Called by the job whose turn it is: lets all that wait now run first. Nothing to await (undefined) when nobody
   * waits.
   */
  giveWay(): Promise<void> | undefined {
    if (this.#waiting.length === 0) return undefined;
    return new Promise((resolve) => {
      this.#waiting.push(() => {
        this.#busy = true;
        resolve();
      });
      this.#release();
    });
  }

  #run<T>(job: () => T | Promise<T>, until: () => Promise<void> | undefined): T | Promise<T> {
    this.#busy = true;
    let result: T | Promise<T>;
    try {
      result = job();
    } catch (error) {
      this.#busy = false;
      throw error;
    }
    if (result instanceof Promise) {
      // One microtask later, so that whoever waits for this result has it before the next job starts.
      const release = (): void => this.#release();
      const settled = (): void => {
        const more = until();
        if (more === undefined) queueMicrotask(release);
        else more.then(release, release);
      };
      result.then(settled, settled);
    } else {
      this.#busy = false;
    }
    return result;
  }

  #release(): void {
    this.#busy = false;
    this.#drain();
  }

  /** A loop, not a recursion: a thousand waiting jobs that end at once cost no stack. */
  #drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    while (!this.#busy) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      next();
    }
    this.#draining = false;
  }
}
