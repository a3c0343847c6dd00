import { KError } from "../../../protocol/values.js";
import type { State, Stateful } from "../state.js";
import { pool } from "./pool.js";
import { Random } from "./random.js";
import { numbers, part, parts, whole } from "./saved.js";
import { head, type Shape } from "./shape.js";
import type { Data } from "./work.js";

/** Samples with their targets, to be written at one place after the other. */
export interface Filling {
  readonly numbers: Float64Array;
  readonly inputs: readonly Data[];
  readonly targets: Float64Array;
}

export const filling = (shape: Shape, targets: number, count: number): Filling => ({
  numbers: pool.array(Float64Array, count),
  inputs: shape.make(count),
  targets: pool.array(Float64Array, count * targets),
});

/** A filling's first samples. */
export const first = (shape: Shape, targets: number, count: number, all: Filling): Filling => ({
  numbers: head(all.numbers, count),
  inputs: all.inputs.map((data, i) => head(data, count * shape.window * shape.inputs[i]!.width)),
  targets: head(all.targets, count * targets),
});

/** Room for `count` samples, and so that it does not have to grow often for up to `most`. */
export function roomy(shape: Shape, targets: number, from: Filling, count: number, most: number): Filling {
  const room = from.numbers.length;
  if (count <= room) return from;
  const larger = filling(shape, targets, Math.max(count, Math.min(most, 2 * room)));
  larger.numbers.set(from.numbers);
  larger.targets.set(from.targets);
  larger.inputs.forEach((data, i) => {
    data.set(from.inputs[i]!);
  });
  return larger;
}

/** A filling's first samples, to be written down. */
export const saved = (shape: Shape, targets: number, count: number, all: Filling): State => {
  const some = first(shape, targets, count, all);
  return {
    numbers: some.numbers.slice(),
    targets: some.targets.slice(),
    inputs: some.inputs.map((data) => ({ data: data.slice() })),
  };
};

/**
 * Samples that were written down, in memory of their own.
 * @throws KError where they are of another shape, or more than `most`
 */
export function loaded(shape: Shape, targets: number, most: number, state: State): Filling {
  const count = numbers(state, "numbers", Float64Array).length;
  if (count > most)
    throw new KError(`feed: no state of this feed: ${count} samples where ${most} may be kept`);
  const all = filling(shape, targets, count);
  all.numbers.set(numbers(state, "numbers", Float64Array));
  all.targets.set(numbers(state, "targets", Float64Array, all.targets.length));
  parts(state, "inputs", all.inputs.length).forEach((input, i) => {
    const data = all.inputs[i]!;
    const Type = data instanceof Int32Array ? Int32Array : Float64Array;
    data.set(numbers<Data>(input, "data", Type, data.length));
  });
  return all;
}

/** The last samples that were learned from; some of them, by chance, are learned from again. */
export class Replay implements Stateful {
  /** Samples that there are. */
  #count = 0;
  /** Where the next one goes. */
  #at = 0;
  #kept: Filling;
  readonly #random: Random;

  /** @param keep samples kept, windows whole, from 0; memory grows to that as they come */
  constructor(
    readonly shape: Shape,
    readonly targets: number,
    readonly keep: number,
    seed: number,
  ) {
    this.#kept = filling(shape, targets, 0);
    this.#random = new Random(seed);
  }

  /** Writes `count` samples, any of those kept and one perhaps twice; none where none are kept yet. */
  draw(out: Filling, at: number, count: number): number {
    if (this.#count === 0) return 0;
    for (let i = 0; i < count; i++) this.#copy(out, at + i, this.#kept, this.#random.below(this.#count));
    return count;
  }

  /** The first samples of a batch have been learned from. */
  add(batch: Filling, count: number): void {
    if (this.keep === 0) return;
    this.#kept = roomy(
      this.shape,
      this.targets,
      this.#kept,
      Math.min(this.keep, this.#count + count),
      this.keep,
    );
    for (let i = Math.max(0, count - this.keep); i < count; i++) {
      this.#copy(this.#kept, this.#at, batch, i);
      this.#at = (this.#at + 1) % this.keep;
      if (this.#count < this.keep) this.#count++;
    }
  }

  #copy(out: Filling, at: number, from: Filling, which: number): void {
    const { targets } = this;
    out.numbers[at] = from.numbers[which]!;
    for (let i = 0; i < targets; i++) out.targets[at * targets + i] = from.targets[which * targets + i]!;
    this.shape.copy(out.inputs, at, from.inputs, which);
  }

  save(): State {
    return {
      ...saved(this.shape, this.targets, this.#count, this.#kept),
      at: this.#at,
      random: this.#random.save(),
    };
  }

  load(state: State): void {
    this.#kept = loaded(this.shape, this.targets, this.keep, state);
    this.#count = this.#kept.numbers.length;
    this.#at = whole(state, "at", Math.max(0, this.keep - 1));
    this.#random.load(part(state, "random"));
  }
}
