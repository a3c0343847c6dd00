/**
 * Page and Hinkley's test on a series of losses: it tells when they have become larger than they were (E. S. Page, 1954).
 * Losses are counted in deviations of the series so far, so that the same options do for a loss of 1e-8 and one of 10.
 */
import { numbers } from "../samples/saved.js";
import type { State, Stateful } from "../state.js";

export interface DriftOptions {
  /** Deviations by which a loss may lie above the mean and not count. */
  readonly delta: number;
  /** Deviations that may add up. */
  readonly lambda: number;
  /** Losses before anything is told. */
  readonly warmup: number;
}

export const DRIFT: DriftOptions = { delta: 0.005, lambda: 50, warmup: 30 };

export class PageHinkley implements Stateful {
  readonly #options: DriftOptions;
  #count = 0;
  #mean = 0;
  #squares = 0;
  #sum = 0;
  #least = 0;

  constructor(options: DriftOptions) {
    this.#options = options;
  }

  /** Takes a loss. @returns whether the series has drifted; then it begins anew. What is not finite does not count. */
  add(loss: number): boolean {
    if (!Number.isFinite(loss)) return false;
    const { delta, lambda, warmup } = this.#options;
    this.#count++;
    const distance = loss - this.#mean;
    this.#mean += distance / this.#count;
    this.#squares += distance * (loss - this.#mean);
    const deviation = Math.sqrt(this.#squares / this.#count);
    if (deviation > 0) this.#sum += (loss - this.#mean) / deviation - delta;
    this.#least = Math.min(this.#least, this.#sum);
    if (this.#count < warmup || this.#sum - this.#least <= lambda) return false;
    this.#count = this.#mean = this.#squares = this.#sum = this.#least = 0;
    return true;
  }

  save(): State {
    return { series: Float64Array.of(this.#count, this.#mean, this.#squares, this.#sum, this.#least) };
  }

  load(state: State): void {
    const [count, mean, squares, sum, least] = numbers(state, "series", Float64Array, 5);
    this.#count = count!;
    this.#mean = mean!;
    this.#squares = squares!;
    this.#sum = sum!;
    this.#least = least!;
  }
}
