import type { State, Stateful } from "../state.js";
import { type Filling, filling, first, loaded, Replay, roomy, saved } from "./replay.js";
import { part } from "./saved.js";
import type { Shape } from "./shape.js";
import type { Piece } from "./work.js";

/** Samples that a batch has room for at first. */
const ROOM = 1024;

export interface BatchesPlan {
  readonly shape: Shape;
  /** Targets of a sample. */
  readonly targets: number;
  /** Samples of a batch, from 1. */
  readonly size: number;
  readonly replay: { readonly keep: number; readonly rows: number };
  readonly seed: number;
}

/** Puts samples whose label is known together to batches, and adds some of those of before. */
export class BatchMaker implements Stateful {
  #count = 0;
  #filling: Filling;
  readonly #replay: Replay;

  constructor(
    readonly plan: BatchesPlan,
    readonly emit: (piece: Piece) => void,
  ) {
    this.#replay = new Replay(plan.shape, plan.targets, plan.replay.keep, plan.seed);
    this.#filling = this.#make();
  }

  #make(): Filling {
    const { shape, targets } = this.plan;
    return filling(shape, targets, Math.min(this.#most, ROOM));
  }

  /** Samples of a batch at most. */
  get #most(): number {
    const { size, replay } = this.plan;
    return size + (replay.keep === 0 ? 0 : replay.rows);
  }

  #room(count: number): void {
    const { shape, targets } = this.plan;
    this.#filling = roomy(shape, targets, this.#filling, count, this.#most);
  }

  /**
   * @param features rows of which the sample is made, `row` its oldest
   * @param targets columns, of which it has row `which`
   * @param after samples that had arrived when its label became known
   */
  add(
    number: number,
    features: Float64Array,
    row: number,
    targets: readonly Float64Array[],
    which: number,
    after: number,
  ): void {
    if (this.#count === this.#filling.numbers.length) this.#room(this.#count + 1);
    const { numbers, inputs, targets: out } = this.#filling;
    const at = this.#count++;
    numbers[at] = number;
    for (let i = 0; i < targets.length; i++) out[at * targets.length + i] = targets[i]![which]!;
    this.plan.shape.fill(inputs, at, features, row);
    if (this.#count === this.plan.size) this.close(after);
  }

  /** What there is becomes a batch. */
  close(after: number): void {
    const fresh = this.#count;
    if (fresh === 0) return;
    const { shape, targets, replay } = this.plan;
    if (replay.keep > 0) this.#room(fresh + replay.rows);
    const drawn = this.#replay.draw(this.#filling, fresh, replay.rows);
    this.#replay.add(this.#filling, fresh);
    const count = fresh + drawn;
    this.emit({ kind: "batch", count, fresh, after, ...first(shape, targets, count, this.#filling) });
    this.#filling = this.#make();
    this.#count = 0;
  }

  save(): State {
    const { shape, targets } = this.plan;
    return { ...saved(shape, targets, this.#count, this.#filling), replay: this.#replay.save() };
  }

  load(state: State): void {
    const { shape, targets, size } = this.plan;
    this.#replay.load(part(state, "replay"));
    this.#filling = loaded(shape, targets, size - 1, state);
    this.#count = this.#filling.numbers.length;
  }
}
