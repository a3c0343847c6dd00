/** How near predictions came to what was to be predicted, over a window of samples: running sums, no sample is kept but for the auc. */
import { Growing } from "../samples/growing.js";
import { numbers } from "../samples/saved.js";
import type { State, Stateful } from "../state.js";

/** NaN where it is not defined. */
export interface Figures {
  readonly mae: number;
  readonly rmse: number;
  /** 1 - squared errors % squared distances from the targets' mean (of each column). */
  readonly r2: number;
  /** Pearson's correlation of predictions and targets; the mean of the columns'. */
  readonly ic: number;
  /** Share of the targets with a sign whose prediction has the same. */
  readonly hit: number;
  /** Share of samples whose class has the highest score, the first of those that are even. */
  readonly accuracy: number;
  /** Chance that a sample of the second class (or of a target above 0) scores higher than one of the first. */
  readonly auc: number;
}

export type MetricsOptions =
  /** Predictions are of the targets themselves, as many columns. */
  | { readonly kind: "values"; readonly width: number }
  /** Predictions are scores by class, the target is the class. */
  | { readonly kind: "classes"; readonly width: number };

const SUMS = 7;

export class Metrics implements Stateful {
  readonly #kind: MetricsOptions["kind"];
  readonly #width: number;
  #count = 0;
  #absolute = 0;
  #squared = 0;
  #signed = 0;
  #hits = 0;
  #right = 0;
  /**
   * By column: the first prediction and target, from which the others are counted (as they may lie close together far
   * from 0); means, squared distances from them, and their product (Welford).
   */
  readonly #sums: Float64Array;
  /** What the auc is made of: a score and whether the sample is of the second class; not kept where there is none. */
  readonly #scores = new Growing<Float64Array>(Float64Array);
  readonly #above = new Growing<Int32Array>(Int32Array);
  readonly #ranked: boolean;

  constructor({ kind, width }: MetricsOptions) {
    this.#kind = kind;
    this.#width = width;
    this.#sums = new Float64Array(kind === "values" ? SUMS * width : 0);
    this.#ranked = kind === "values" ? width === 1 : width === 2;
  }

  /** Samples since the last `reset`. */
  get count(): number {
    return this.#count;
  }

  /**
   * Takes a sample's prediction (from `at` on) and target (from `of` on).
   * @returns false where one of the numbers is not finite, or the class is none: it does not count
   */
  add(predictions: ArrayLike<number>, at: number, targets: ArrayLike<number>, of: number): boolean {
    return this.#kind === "values"
      ? this.#value(predictions, at, targets, of)
      : this.#class(predictions, at, targets[of]!);
  }

  figures(): Figures {
    const { mae, rmse, r2, ic, hit } = this.#kind === "values" ? this.#ofValues() : NO_VALUES;
    const accuracy = this.#kind === "classes" && this.#count > 0 ? this.#right / this.#count : Number.NaN;
    const auc = this.#ranked ? aucOf(this.#scores.data, this.#above.data, this.#count) : Number.NaN;
    return { mae, rmse, r2, ic, hit, accuracy, auc };
  }

  reset(): void {
    this.#count = this.#absolute = this.#squared = this.#signed = this.#hits = this.#right = 0;
    this.#sums.fill(0);
    this.#scores.clear();
    this.#above.clear();
  }

  save(): State {
    return {
      scalars: Float64Array.of(
        this.#count,
        this.#absolute,
        this.#squared,
        this.#signed,
        this.#hits,
        this.#right,
      ),
      sums: this.#sums.slice(),
      scores: this.#scores.data.slice(0, this.#scores.count),
      above: this.#above.data.slice(0, this.#above.count),
    };
  }

  load(state: State): void {
    const [count, absolute, squared, signed, hits, right] = numbers(state, "scalars", Float64Array, 6);
    const sums = numbers(state, "sums", Float64Array, this.#sums.length);
    const kept = this.#ranked ? count! : 0;
    const scores = numbers(state, "scores", Float64Array, kept);
    const above = numbers(state, "above", Int32Array, kept);
    this.#count = count!;
    this.#absolute = absolute!;
    this.#squared = squared!;
    this.#signed = signed!;
    this.#hits = hits!;
    this.#right = right!;
    this.#sums.set(sums);
    this.#scores.clear();
    this.#above.clear();
    for (let i = 0; i < kept; i++) {
      this.#scores.push(scores[i]!);
      this.#above.push(above[i]!);
    }
  }

  #value(predictions: ArrayLike<number>, at: number, targets: ArrayLike<number>, of: number): boolean {
    const width = this.#width;
    for (let i = 0; i < width; i++)
      if (!Number.isFinite(predictions[at + i]!) || !Number.isFinite(targets[of + i]!)) return false;
    if (this.#ranked) this.#rank(predictions[at]!, targets[of]! > 0);
    const count = ++this.#count;
    const sums = this.#sums;
    for (let i = 0; i < width; i++) {
      const p = predictions[at + i]!;
      const y = targets[of + i]!;
      this.#absolute += Math.abs(p - y);
      this.#squared += (p - y) * (p - y);
      if (y !== 0) {
        this.#signed++;
        if (Math.sign(p) === Math.sign(y)) this.#hits++;
      }
      const s = SUMS * i;
      if (count === 1) {
        sums[s] = p;
        sums[s + 1] = y;
      }
      const x = p - sums[s]!;
      const z = y - sums[s + 1]!;
      const dx = x - sums[s + 2]!;
      const dz = z - sums[s + 3]!;
      sums[s + 2]! += dx / count;
      sums[s + 3]! += dz / count;
      sums[s + 4]! += dx * (x - sums[s + 2]!);
      sums[s + 5]! += dz * (z - sums[s + 3]!);
      sums[s + 6]! += dx * (z - sums[s + 3]!);
    }
    return true;
  }

  #class(scores: ArrayLike<number>, at: number, label: number): boolean {
    const width = this.#width;
    if (!Number.isInteger(label) || label < 0 || label >= width) return false;
    let best = 0;
    for (let i = 0; i < width; i++) {
      if (!Number.isFinite(scores[at + i]!)) return false;
      if (scores[at + i]! > scores[at + best]!) best = i;
    }
    if (this.#ranked) this.#rank(scores[at + 1]! - scores[at]!, label === 1);
    this.#count++;
    if (best === label) this.#right++;
    return true;
  }

  #rank(score: number, above: boolean): void {
    this.#scores.push(score);
    this.#above.push(above ? 1 : 0);
  }

  #ofValues(): Omit<Figures, "accuracy" | "auc"> {
    const sums = this.#sums;
    const all = this.#count * this.#width;
    let spread = 0;
    let correlations = 0;
    for (let s = 0; s < sums.length; s += SUMS) {
      spread += sums[s + 5]!;
      correlations += sums[s + 6]! / Math.sqrt(sums[s + 4]! * sums[s + 5]!);
    }
    return {
      mae: this.#absolute / all,
      rmse: Math.sqrt(this.#squared / all),
      r2: spread === 0 ? Number.NaN : 1 - this.#squared / spread,
      ic: correlations / this.#width,
      hit: this.#hits / this.#signed,
    };
  }
}

const NO_VALUES = { mae: Number.NaN, rmse: Number.NaN, r2: Number.NaN, ic: Number.NaN, hit: Number.NaN };

/**
 * The area under the curve, exactly: pairs of a sample above and one below in which the one above scores higher, even
 * scores as a half each.
 */
export function aucOf(scores: ArrayLike<number>, above: ArrayLike<number>, count: number): number {
  let many = 0;
  for (let i = 0; i < count; i++) many += above[i]!;
  if (many === 0 || many === count) return Number.NaN;
  const ours = new Float64Array(many);
  const others = new Float64Array(count - many);
  let [a, b] = [0, 0];
  for (let i = 0; i < count; i++) {
    if (above[i] === 1) ours[a++] = scores[i]!;
    else others[b++] = scores[i]!;
  }
  ours.sort();
  others.sort();
  let won = 0;
  let less = 0;
  let notMore = 0;
  for (const score of ours) {
    while (less < others.length && others[less]! < score) less++;
    while (notMore < others.length && others[notMore]! <= score) notMore++;
    won += less + (notMore - less) / 2;
  }
  return won / (ours.length * others.length);
}
