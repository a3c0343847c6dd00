/**
 * How a feed judges itself, each sample predicted before it is learned from: predictions wait for their labels, and every
 * window of samples gives a row of the feed's history.
 */

import { numbers as numbersIn, part } from "../samples/saved.js";
import type { Arrivals, Batch } from "../samples/work.js";
import type { State, Stateful } from "../state.js";
import { DRIFT, type DriftOptions, PageHinkley } from "./drift.js";
import { type Figures, Metrics } from "./metrics.js";

export interface JudgeOptions {
  /** Whether predictions are of the targets themselves, or scores by class. */
  readonly kind: "values" | "classes";
  /** Numbers of a prediction. */
  readonly width: number;
  /** Judged samples of a window, 0: by time. */
  readonly windowrows: number;
  /** Nanoseconds of event time of a window, where it is not by samples; windows begin at its multiples. */
  readonly windowtime: number;
  /** Predictions that may wait for their labels: of more the oldest are forgotten. */
  readonly keep: number;
  readonly drift?: DriftOptions;
}

/** A window. */
export interface Judgement extends Figures {
  /** Event time of the last sample judged, nanoseconds. */
  readonly time: number;
  /** Samples that arrived since the row before. */
  readonly rows: number;
  /** Samples judged. */
  readonly samples: number;
  /** Labels that came for no prediction, or that could not be compared with it (a null, no such class). */
  readonly unjudged: number;
  /** Optimizer steps. */
  readonly steps: number;
  /** Mean over the batches; NaN where there were none. */
  readonly loss: number;
  /** Whether the loss has drifted. */
  readonly drift: boolean;
}

/** Samples of a window by time at most: then the row is given early. */
export const LONGEST_WINDOW = 2 ** 20;
const FIRST = 1024;
/** Of no sample. */
const NONE = -1;
/** Nanoseconds that no label is late by. */
const HALF_A_DAY = 43_200e9;

export class Judge implements Stateful {
  readonly #options: JudgeOptions;
  readonly #emit: (row: Judgement) => void;
  readonly #metrics: Metrics;
  readonly #drift: PageHinkley;
  /** Waiting predictions: that of sample n lies at n modulo the length, where its number says so. */
  #numbers: Float64Array;
  #times: Float64Array;
  #predictions: Float64Array;
  /** Number of the sample predicted last. */
  #latest = NONE;
  // of the window
  #time = Number.NaN;
  #rows = 0;
  #unjudged = 0;
  #steps = 0;
  #losses = 0;
  #batches = 0;
  #drifted = 0;
  /** Multiple of the window's time, NaN before its first sample. */
  #window = Number.NaN;

  /** @param emit takes the rows as they are ready */
  constructor(options: JudgeOptions, emit: (row: Judgement) => void) {
    this.#options = options;
    this.#emit = emit;
    this.#metrics = new Metrics(options);
    this.#drift = new PageHinkley(options.drift ?? DRIFT);
    const length = Math.min(FIRST, options.keep);
    this.#numbers = new Float64Array(length).fill(NONE);
    this.#times = new Float64Array(length);
    this.#predictions = new Float64Array(length * options.width);
  }

  /**
   * Samples have arrived and were predicted.
   * @param predictions samples × width
   */
  predicted(
    { first, count, time }: Pick<Arrivals, "first" | "count" | "time">,
    predictions: ArrayLike<number>,
  ): void {
    const { width } = this.#options;
    this.#rows += count;
    this.#latest = first + count - 1;
    for (let i = 0; i < count; i++) {
      const at = this.#place(first + i);
      this.#numbers[at] = first + i;
      this.#times[at] = time[i]!;
      for (let j = 0; j < width; j++) this.#predictions[at * width + j] = predictions[i * width + j]!;
    }
  }

  /** Labels have become known. */
  known({ count, numbers, targets }: Pick<Batch, "count" | "numbers" | "targets">): void {
    const { kind, width, windowrows } = this.#options;
    const columns = kind === "values" ? width : 1;
    for (let i = 0; i < count; i++) {
      const at = numbers[i]! % this.#numbers.length;
      if (this.#numbers[at] !== numbers[i] || !this.#waits(numbers[i]!)) {
        this.#unjudged++;
        continue;
      }
      this.#numbers[at] = NONE;
      const time = this.#times[at]!;
      this.#turn(time);
      if (!this.#metrics.add(this.#predictions, at * width, targets, i * columns)) this.#unjudged++;
      else {
        this.#time = time;
        if (this.#metrics.count === (windowrows === 0 ? LONGEST_WINDOW : windowrows)) this.#close();
      }
    }
  }

  /** A batch has been learned, in so many steps. */
  learned(loss: number, steps: number): void {
    this.#steps += steps;
    if (!Number.isFinite(loss)) return;
    this.#losses += loss;
    this.#batches++;
    if (this.#drift.add(loss)) this.#drifted = 1;
  }

  /** Gives the row of a window that is not full, if it has any samples: at the feed's end. */
  end(): void {
    if (this.#metrics.count > 0) this.#close();
    this.#window = Number.NaN;
  }

  save(): State {
    const { width } = this.#options;
    const waiting = [...this.#numbers.keys()].filter((at) => this.#waits(this.#numbers[at]!));
    return {
      metrics: this.#metrics.save(),
      drift: this.#drift.save(),
      window: Float64Array.of(
        ...[this.#time, this.#rows, this.#unjudged, this.#steps],
        ...[this.#losses, this.#batches, this.#drifted, this.#window, this.#latest],
      ),
      numbers: Float64Array.from(waiting, (at) => this.#numbers[at]!),
      times: Float64Array.from(waiting, (at) => this.#times[at]!),
      predictions: Float64Array.from({ length: waiting.length * width }, (_, i) => {
        return this.#predictions[waiting[Math.floor(i / width)]! * width + (i % width)]!;
      }),
    };
  }

  load(state: State): void {
    const { width } = this.#options;
    const window = numbersIn(state, "window", Float64Array, 9);
    const numbers = numbersIn(state, "numbers", Float64Array);
    const times = numbersIn(state, "times", Float64Array, numbers.length);
    const predictions = numbersIn(state, "predictions", Float64Array, numbers.length * width);
    this.#metrics.load(part(state, "metrics"));
    this.#drift.load(part(state, "drift"));
    const [time, rows, unjudged, steps, losses, batches, drifted, open, latest] = window;
    this.#time = time!;
    this.#rows = rows!;
    this.#unjudged = unjudged!;
    this.#steps = steps!;
    this.#losses = losses!;
    this.#batches = batches!;
    this.#drifted = drifted!;
    this.#window = open!;
    this.#latest = latest!;
    this.#numbers.fill(NONE);
    for (let i = 0; i < numbers.length; i++) {
      const at = this.#place(numbers[i]!);
      this.#numbers[at] = numbers[i]!;
      this.#times[at] = times[i]!;
      this.#predictions.set(predictions.subarray(i * width, (i + 1) * width), at * width);
    }
  }

  /** Whether a sample is among the latest that may wait: which are forgotten depends on their numbers alone. */
  #waits(number: number): boolean {
    return number > Math.max(NONE, this.#latest - this.#options.keep);
  }

  /** Where a sample's prediction goes; makes room where another one waits there. */
  #place(number: number): number {
    while (this.#numbers[number % this.#numbers.length] !== NONE && this.#numbers.length < this.#options.keep)
      this.#grow();
    return number % this.#numbers.length;
  }

  #grow(): void {
    const { keep, width } = this.#options;
    const [numbers, times, predictions] = [this.#numbers, this.#times, this.#predictions];
    const length = Math.min(2 * numbers.length, keep);
    this.#numbers = new Float64Array(length).fill(NONE);
    this.#times = new Float64Array(length);
    this.#predictions = new Float64Array(length * width);
    for (let from = 0; from < numbers.length; from++) {
      if (numbers[from] === NONE) continue;
      const to = numbers[from]! % length;
      // only in the longest ring may two meet: then the earlier one waits no more
      if (this.#numbers[to]! > numbers[from]!) continue;
      this.#numbers[to] = numbers[from]!;
      this.#times[to] = times[from]!;
      this.#predictions.set(predictions.subarray(from * width, (from + 1) * width), to * width);
    }
  }

  /** Gives the row of the window before, where the sample's time lies beyond it. */
  #turn(time: number): void {
    const { windowrows, windowtime } = this.#options;
    if (windowrows !== 0) return;
    const window = Math.floor(time / windowtime);
    // times of day begin anew
    const anew = time < this.#time - HALF_A_DAY;
    if ((window > this.#window || anew) && this.#metrics.count > 0) this.#close();
    // a sample of an earlier time, whose label came late, counts in the window that is open
    if (!(window <= this.#window) || anew) this.#window = window;
  }

  #close(): void {
    this.#emit({
      time: this.#time,
      rows: this.#rows,
      samples: this.#metrics.count,
      unjudged: this.#unjudged,
      steps: this.#steps,
      loss: this.#losses / this.#batches,
      ...this.#metrics.figures(),
      drift: this.#drifted === 1,
    });
    this.#metrics.reset();
    this.#rows = this.#unjudged = this.#steps = this.#losses = this.#batches = this.#drifted = 0;
  }
}
