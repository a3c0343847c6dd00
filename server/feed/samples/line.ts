import type { State, Stateful } from "../state.js";
import { Growing } from "./growing.js";
import { numbers, whole } from "./saved.js";

/** Samples in order of arrival, from the oldest that waits on: rows of keys, by their sequence numbers. */
export class Line implements Stateful {
  readonly #keys = new Growing(Int32Array);
  readonly #rows = new Growing(Float64Array);
  /** The oldest that is in the line: those before it have left. */
  head = 0;
  /** Those before it have waited for times as long as they may. */
  swept = 0;

  /** Where the next one goes. */
  get end(): number {
    return this.#keys.count;
  }

  key(entry: number): number {
    return this.#keys.data[entry]!;
  }

  row(entry: number): number {
    return this.#rows.data[entry]!;
  }

  push(key: number, row: number): void {
    this.#keys.push(key);
    this.#rows.push(row);
  }

  /** All have left. */
  clear(): void {
    this.#keys.clear();
    this.#rows.clear();
    this.head = 0;
    this.swept = 0;
  }

  /** Gives back the memory of those that have left, where they are many: places in the line change. */
  compact(): void {
    if (this.head < 64 || 2 * this.head < this.end) return;
    this.#keys.shift(this.head);
    this.#rows.shift(this.head);
    this.swept = Math.max(0, this.swept - this.head);
    this.head = 0;
  }

  save(): State {
    return {
      keys: this.#keys.data.slice(this.head, this.end),
      rows: this.#rows.data.slice(this.head, this.end),
      swept: Math.max(0, this.swept - this.head),
    };
  }

  load(state: State): void {
    const keys = numbers(state, "keys", Int32Array);
    const rows = numbers(state, "rows", Float64Array, keys.length);
    this.clear();
    for (let i = 0; i < keys.length; i++) this.push(keys[i]!, rows[i]!);
    this.swept = whole(state, "swept", keys.length);
  }
}
