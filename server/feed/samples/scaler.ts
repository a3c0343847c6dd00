import type { State, Stateful } from "../state.js";
import { numbers } from "./saved.js";

/** Values of which sums of squares stay finite; larger ones are as good as nulls. */
const LARGEST = 2 ** 480;

/**
 * Brings features to mean 0 and deviation 1 of all rows so far, a row itself included (Welford, "Note on a method for
 * calculating corrected sums of squares and products"). Nulls stay and do not count; where all have been equal it is 0.
 */
export class Scaler implements Stateful {
  /** By feature: count, mean, and sum of squares about the mean. */
  readonly #moments: Float64Array;
  readonly #columns: Float64Array[] = [];

  /** @param scaled by feature, whether it is to be scaled: codes are not */
  constructor(readonly scaled: readonly boolean[]) {
    this.#moments = new Float64Array(3 * scaled.length);
  }

  /** The columns scaled, in arrays that are good until the next call and may be longer; the others as they are. */
  scale(columns: readonly Float64Array[]): readonly Float64Array[] {
    return columns.map((column, feature) => (this.scaled[feature] ? this.#column(column, feature) : column));
  }

  #column(column: Float64Array, feature: number): Float64Array {
    const room = this.#columns[feature];
    const out = room !== undefined && room.length >= column.length ? room : new Float64Array(column.length);
    this.#columns[feature] = out;
    const at = 3 * feature;
    let count = this.#moments[at]!;
    let mean = this.#moments[at + 1]!;
    let squares = this.#moments[at + 2]!;
    for (let i = 0; i < column.length; i++) {
      const value = column[i]!;
      if (Math.abs(value) < LARGEST) {
        count++;
        const before = value - mean;
        mean += before / count;
        const off = value - mean;
        squares += before * off;
        out[i] = squares > 0 ? off / Math.sqrt(squares / count) : 0;
      } else out[i] = Number.NaN;
    }
    this.#moments[at] = count;
    this.#moments[at + 1] = mean;
    this.#moments[at + 2] = squares;
    return out;
  }

  save(): State {
    return { moments: this.#moments.slice() };
  }

  load(state: State): void {
    this.#moments.set(numbers(state, "moments", Float64Array, this.#moments.length));
  }
}
