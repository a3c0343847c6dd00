/** libtorch on this machine, and the end of the process; these verbs work for no user. */

/** What libtorch is here. */
export interface Examination {
  /** What oneDNN computes wrongly, by name; where there is any, it was switched off. */
  readonly wrong: readonly string[];
  /** Whether oneDNN is there and on. */
  readonly oneDnn: boolean;
  /** Threads that share an operator's work. */
  readonly threads: number;
  /** Whether MKL is built in. */
  readonly mkl: boolean;
}

export interface Machine {
  /**
   * Compares oneDNN with plain operators, and switches it off where it is wrong; some ten milliseconds.
   * @param spoiled for a test of this test: the name of a check whose result is changed first, or ""
   */
  examine(spoiled: string): Examination;
  /** Ends the process at once, whatever else runs; nothing is closed in order. */
  leave(status: number): never;
  /**
   * From the first SIGTERM or SIGINT on, the process has so many seconds to end by itself; then, or on the second signal,
   * it ends with the status, even while JavaScript does not run. To be called once, after Node hears these signals.
   * @param last written to standard error when the time was over
   */
  endWithin(seconds: number, status: number, last: string): void;
}
