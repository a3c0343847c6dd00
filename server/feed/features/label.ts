/** Labels: expressions with `ahead` taken apart into what is known when a row comes and what becomes known later. */
import type { Definition } from "./compile.js";

/** A value of a later row of the same key. */
export interface Ahead {
  /** Which of `early`: its value at the later row is meant. */
  readonly of: number;
  /** The row that is so many of the key's later, or the key's first row at least so many nanoseconds later. */
  readonly span: { readonly rows: number } | { readonly nanos: number };
}

export interface Label {
  /** Worked out when a row comes: to be compiled behind the features, whose names they use. Their own names are none that q can read. */
  readonly early: readonly Definition[];
  /** Those of `early` whose value at the row itself `final` needs: to be kept while the row waits. */
  readonly kept: readonly number[];
  readonly aheads: readonly Ahead[];
  /**
   * The targets of rows whose label is known.
   * @param values `kept` in order, then `aheads` in order, each an array of `count` items; null is NaN
   * @returns by target, `count` items each, good until the next call
   */
  final(values: readonly Float64Array[], count: number): readonly Float64Array[];
}

/**
 * @param targets parsed by `parseExpression`; a target may use the features by name, and targets before it
 * @throws KError for an `ahead` that nobody could wait for: inside of another, without a span, under a function that remembers
 */
export function splitLabel(_targets: readonly Definition[]): Label {
  throw new Error("not here yet");
}
