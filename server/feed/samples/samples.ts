/**
 * Rows of the table become samples to predict, and batches to learn once their labels are known.
 *
 * All of it is one row after the other in effect: batches, and the arrivals put together, are the same to the bit
 * however the rows are cut. What is asked of a plan (the options' reader has checked it): `window` and `replay` whole
 * numbers from 0; `batchsize` and `keys` from 1; `tolerance` and `batchtime` nanoseconds from 0, infinite ones too.
 * Memory is 8 bytes for each feature of each row that is kept: of `window` rows of each key, of `window` rows of each
 * sample of a batch and of the replay buffer, and of the samples that wait, which are bounded here.
 */
import { KError } from "../../../protocol/values.js";
import { type Compiled, compile, type Definition, parseExpression } from "../features/compile.js";
import { type Label, splitLabel } from "../features/label.js";
import type { Expression, FeedPlan } from "../plan.js";
import type { Column, Rows } from "../rows.js";
import type { State, Stateful } from "../state.js";
import { BatchMaker } from "./batches.js";
import { blocks } from "./blocks.js";
import { Clock } from "./clock.js";
import { Keys } from "./keys.js";
import { pool } from "./pool.js";
import { numbers, part } from "./saved.js";
import { Scaler } from "./scaler.js";
import { head, Shape } from "./shape.js";
import { NO_NUMBER, NUMBER, ROW, TIME, type Track, VALUES } from "./track.js";
import { Waiting } from "./waiting.js";
import type { Counts, Piece } from "./work.js";

/** Bytes of inputs, and rows, that are made at once. */
const BLOCK_BYTES = 2 ** 22;
const BLOCK_ROWS = 2 ** 14;
/** Bytes of rows that wait for their labels, about. */
const WAITING_BYTES = 2 ** 30;

/** A key that stands for the end of a batch's time, among samples whose label is known. */
const NO_KEY = -1;

function definitionsOf({ definitions, inputs, targets }: FeedPlan): {
  readonly features: readonly Definition[];
  readonly label: Label;
} {
  const parse = ({ name, text }: Expression): Definition => parseExpression(name, text);
  const features = [...definitions, ...inputs.flatMap((input) => input.features)].map(parse);
  return { features, label: splitLabel(targets.map(parse)) };
}

export class Samples implements Stateful {
  readonly #shape: Shape;
  readonly #keys: Keys;
  readonly #clock: Clock;
  readonly #scaler: Scaler | undefined;
  readonly #waiting: Waiting;
  readonly #batches: BatchMaker;
  readonly #rowsAtOnce: number;
  /** Whether keys go with samples as they arrive. */
  readonly #named: boolean;
  #rows = 0;
  #skipped = 0;
  #unlabelled = 0;
  /** Samples that have arrived, so the next one's number. */
  #number = 0;
  /** Which multiple of the batches' time it is. */
  #period = Number.NaN;

  /**
   * @param compiled the plan's definitions, features of its inputs in order, then the label's `early`
   * @param emit is given the pieces in order, before `push` returns
   * @param most samples younger than one that still waits for its label, then that has lost; by memory where left out
   */
  constructor(
    readonly plan: FeedPlan,
    readonly compiled: Compiled,
    readonly label: Label,
    readonly emit: (piece: Piece) => void,
    most?: number,
  ) {
    const codes = compiled.codes.slice(plan.definitions.length).map((places) => places > 0);
    let at = 0;
    this.#shape = new Shape(
      plan.inputs.map(({ features }) => features.map(() => codes[at++]!)),
      plan.window,
    );
    const { width, window, bytes } = this.#shape;
    this.#named = plan.publish !== "";
    this.#keys = new Keys(plan.by, plan.keys);
    this.#clock = new Clock(plan.time);
    this.#scaler = plan.scale ? new Scaler(codes.slice(0, width).map((is) => !is)) : undefined;
    const notes = VALUES + label.kept.length + label.aheads.length;
    this.#waiting = new Waiting({
      ...{ width, window, tolerance: plan.tolerance },
      ...{ kept: label.kept.length, aheads: label.aheads },
      most: most ?? Math.max(1, Math.floor(WAITING_BYTES / (8 * (width + notes)))),
    });
    this.#batches = new BatchMaker(
      {
        ...{ shape: this.#shape, targets: plan.targets.length, size: plan.batchsize },
        ...{ replay: plan.replay, seed: plan.seed },
      },
      emit,
    );
    this.#rowsAtOnce = Math.min(BLOCK_ROWS, Math.max(1, Math.floor(BLOCK_BYTES / Math.max(8, bytes))));
  }

  /** What can be known of a plan's expressions before the table is. @throws KError as `of` does */
  static check(plan: FeedPlan): void {
    definitionsOf(plan);
  }

  /**
   * Of a plan's expressions over a table.
   * @throws KError that names the expression, and what is wrong with it
   */
  static of(plan: FeedPlan, columns: readonly Column[], emit: (piece: Piece) => void): Samples {
    const { features, label } = definitionsOf(plan);
    const compiled = compile([...features, ...label.early], columns, plan.by, plan.time);
    return new Samples(plan, compiled, label, emit);
  }

  get counts(): Counts {
    return {
      ...{ rows: this.#rows, samples: this.#number, skipped: this.#skipped },
      ...{ expired: this.#waiting.expired, unlabelled: this.#unlabelled, late: this.#clock.late },
    };
  }

  /** Samples that wait for their label. */
  get waiting(): number {
    return this.#waiting.count;
  }

  /** Keys seen so far, by code. */
  get keys(): readonly string[] {
    return this.#keys.names;
  }

  /** The latest event time. */
  get now(): number {
    return this.#clock.now;
  }

  /** @throws KError where a column is not what is needed, or state is more than may be: the feed cannot go on */
  push(rows: Rows): void {
    for (const block of blocks(rows, this.#rowsAtOnce)) this.#block(block);
  }

  /**
   * The plant's day has ended. Where times are those of a day, they begin anew: samples that wait have lost, since
   * nothing can come that is later by their clock. All else (features' state, windows, scaling, the batch begun) goes on.
   */
  endOfDay(): void {
    if (this.#clock.dated) return;
    this.#waiting.expire();
    this.#clock.endOfDay();
  }

  #block(rows: Rows): void {
    const keys = this.#keys.read(rows.columns.get(this.plan.by));
    const times = this.#clock.read(rows.columns.get(this.plan.time));
    const columns = this.compiled.evaluate(rows, keys).slice(this.plan.definitions.length);
    const { width } = this.#shape;
    const features = columns.slice(0, width);
    const early = columns.slice(width);
    this.#rows += rows.count;
    this.#arrive(keys, times, this.#scaler?.scale(features) ?? features, early);
    this.#learn();
    this.#waiting.settle(keys, this.#clock.now);
  }

  /** Rows, one after the other, become samples, and let others know their labels. */
  #arrive(
    keys: Int32Array,
    times: Float64Array,
    features: readonly Float64Array[],
    early: readonly Float64Array[],
  ): void {
    const { plan, label } = this;
    const waiting = this.#waiting;
    const { window } = this.#shape;
    const size = waiting.notes;
    const kept = label.kept.map((of) => early[of]!);
    const aheads = label.aheads.map(({ of }) => early[of]!);
    const fill = plan.nulls === "fill";
    // what nobody predicts need not be put together
    const predicted = plan.judge;
    const first = this.#number;
    const inputs = predicted ? this.#shape.make(keys.length) : [];
    const time = pool.array(Float64Array, predicted ? keys.length : 0);
    const names: string[] = [];
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!;
      const track = waiting.track(key);
      track.room();
      const at = track.tail;
      const whole = this.#write(track, features, i);
      if (!whole) this.#skipped++;
      if (whole || fill) {
        track.tail++;
        const { notes } = track;
        const from = at * size;
        const sample = at + 1 >= window;
        notes[from + NUMBER] = sample ? this.#number : NO_NUMBER;
        notes[from + TIME] = times[i]!;
        notes[from + ROW] = track.seen;
        for (let j = 0; j < kept.length; j++) notes[from + VALUES + j] = kept[j]![i]!;
        for (let j = 0; j < aheads.length; j++) notes[from + waiting.ahead + j] = Number.NaN;
        if (sample) {
          const which = this.#number++ - first;
          if (this.#named) names.push(this.#keys.names[key]!);
          if (predicted) {
            time[which] = times[i]!;
            this.#shape.fill(inputs, which, track.features, at + 1 - window);
          }
          waiting.wait(key, track);
        }
      }
      if (plan.batchtime > 0) this.#turn(times[i]!);
      waiting.resolve(key, track, times[i]!, aheads, i, this.#number);
      track.seen++;
    }
    const count = this.#number - first;
    if (count === 0 || !predicted) return;
    const whole = this.#shape.inputs.map((input, i) => head(inputs[i]!, count * window * input.width));
    this.emit({ kind: "arrivals", count, first, time: head(time, count), keys: names, inputs: whole });
  }

  /** Features of a row go to where its key's next row is, filled from the one before; false where there was a null. */
  #write(track: Track, features: readonly Float64Array[], row: number): boolean {
    const width = features.length;
    const { features: out, tail } = track;
    const to = tail * width;
    let whole = true;
    for (let j = 0; j < width; j++) {
      const value = features[j]![row]!;
      // not of nulls and infinities
      if (value - value === 0) out[to + j] = value;
      else {
        whole = false;
        out[to + j] = tail > 0 ? out[to - width + j]! : 0;
      }
    }
    return whole;
  }

  /** Batches end where event time comes to another multiple of theirs. */
  #turn(time: number): void {
    const period = Math.floor(time / this.plan.batchtime);
    if (period === this.#period) return;
    this.#period = period;
    this.#waiting.known.push(NO_KEY, 0, this.#number);
  }

  /** Samples whose label has become known in this block go on to batches. */
  #learn(): void {
    const { keys, rows, after, count } = this.#waiting.known;
    const { tracks, notes: size } = this.#waiting;
    if (count === 0) return;
    const values = Array.from({ length: size - VALUES }, () => new Float64Array(count));
    for (let i = 0; i < count; i++) {
      if (keys.data[i] === NO_KEY) continue;
      const track = tracks[keys.data[i]!]!;
      const from = (rows.data[i]! - track.base) * size + VALUES;
      for (let j = 0; j < values.length; j++) values[j]![i] = track.notes[from + j]!;
    }
    const targets = this.label.final(values, count);
    for (let i = 0; i < count; i++) {
      if (keys.data[i] === NO_KEY) {
        this.#batches.close(after.data[i]!);
        continue;
      }
      let whole = true;
      for (const target of targets) whole &&= Number.isFinite(target[i]);
      if (!whole) {
        this.#unlabelled++;
        continue;
      }
      const track = tracks[keys.data[i]!]!;
      const row = rows.data[i]! - track.base;
      const number = track.notes[row * size + NUMBER]!;
      this.#batches.add(number, track.features, row + 1 - this.#shape.window, targets, i, after.data[i]!);
    }
  }

  save(): State {
    return {
      numbers: Float64Array.of(this.#rows, this.#skipped, this.#unlabelled, this.#number, this.#period),
      keys: this.#keys.save(),
      clock: this.#clock.save(),
      features: this.compiled.save(),
      ...(this.#scaler === undefined ? {} : { scaler: this.#scaler.save() }),
      waiting: this.#waiting.save(),
      batches: this.#batches.save(),
    };
  }

  load(state: State): void {
    if ((state.scaler === undefined) !== (this.#scaler === undefined))
      throw new KError("feed: a state with scaling for a feed without, or the other way round");
    const counts = numbers(state, "numbers", Float64Array, 5);
    this.#keys.load(part(state, "keys"));
    this.#clock.load(part(state, "clock"));
    this.compiled.load(part(state, "features"));
    this.#scaler?.load(part(state, "scaler"));
    this.#waiting.load(part(state, "waiting"));
    this.#batches.load(part(state, "batches"));
    const [rows, skipped, unlabelled, number, period] = counts;
    this.#rows = rows!;
    this.#skipped = skipped!;
    this.#unlabelled = unlabelled!;
    this.#number = number!;
    this.#period = period!;
  }
}
