import { pool } from "./pool.js";
import type { Data } from "./work.js";

/** One input among a row's features. */
export interface InputShape {
  /** Its first feature's place in the row, and how many it has. */
  readonly offset: number;
  readonly width: number;
  /** Whether it is made of codes alone. */
  readonly codes: boolean;
}

/** How features of rows become inputs of samples. */
export class Shape {
  readonly inputs: readonly InputShape[];
  /** Features of a row, and rows of a sample. */
  readonly width: number;
  readonly window: number;

  /**
   * @param codes by input, by feature, whether it is a code
   * @param window rows of a sample, 0 like 1
   */
  constructor(codes: readonly (readonly boolean[])[], window: number) {
    let offset = 0;
    this.inputs = codes.map((features) => {
      const input = { offset, width: features.length, codes: features.every((is) => is) };
      offset += input.width;
      return input;
    });
    this.width = offset;
    this.window = Math.max(1, window);
  }

  /** Bytes of a sample's inputs, where each number takes 8. */
  get bytes(): number {
    return 8 * this.width * this.window;
  }

  /** Inputs of `count` samples, what is in them left over from others. */
  make(count: number): Data[] {
    return this.inputs.map(({ width, codes }) => {
      const length = count * this.window * width;
      return codes ? pool.array(Int32Array, length) : pool.array(Float64Array, length);
    });
  }

  /**
   * Writes a sample's inputs.
   * @param at which of the samples of `out` it is
   * @param rows rows of features, one after the other
   * @param first the oldest of the sample's rows
   */
  fill(out: readonly Data[], at: number, rows: Float64Array, first: number): void {
    const { inputs, width, window } = this;
    for (let i = 0; i < inputs.length; i++) {
      const input = inputs[i]!;
      const data = out[i]!;
      const length = window * input.width;
      if (input.width === width && length > COPIED) {
        data.set(rows.subarray(first * width, first * width + length), at * length);
        continue;
      }
      let to = at * length;
      for (let row = first; row < first + window; row++) {
        const from = row * width + input.offset;
        for (let j = 0; j < input.width; j++) data[to++] = rows[from + j]!;
      }
    }
  }

  /** Copies a sample's inputs from others. */
  copy(out: readonly Data[], at: number, from: readonly Data[], which: number): void {
    for (let i = 0; i < out.length; i++) {
      const length = this.window * this.inputs[i]!.width;
      out[i]!.set(from[i]!.subarray(which * length, (which + 1) * length), at * length);
    }
  }
}

/** Numbers from which on `set` is faster than a loop. */
const COPIED = 32;

/** The first items of an array, in memory of their own where it has more. */
export const head = <T extends Data>(data: T, length: number): T =>
  (data.length === length ? data : data.slice(0, length)) as T;
