/** The process's memory against the limit `-w`. */
const FRESH = 50;

/** Looks at the process's resident memory at most every 50 ms, and each time while it is too much. */
export class MemoryLimit {
  #full = false;
  #lookedAt = Number.NEGATIVE_INFINITY;

  /**
   * @param limit bytes, Infinity for none
   * @param resident the process's resident memory in bytes
   */
  constructor(
    private readonly limit: number,
    private readonly resident: () => number = () => process.memoryUsage.rss(),
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Whether more is in use than allowed. */
  get full(): boolean {
    if (this.limit === Number.POSITIVE_INFINITY) return false;
    const now = this.now();
    if (this.#full || now - this.#lookedAt >= FRESH) {
      this.#lookedAt = now;
      this.#full = this.resident() > this.limit;
    }
    return this.#full;
  }
}
