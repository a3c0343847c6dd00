import type { State, Stateful } from "../state.js";
import { numbers } from "./saved.js";

/** Chance that a seed decides: xoshiro128** (Blackman and Vigna, "Scrambled linear pseudorandom number generators"). */
export class Random implements Stateful {
  readonly #words = new Int32Array(4);

  /** @param seed any number; its bits, spread by a multiplicative hash, are the first state */
  constructor(seed: number) {
    const bits = new Int32Array(Float64Array.of(seed).buffer);
    for (let i = 0; i < 4; i++) {
      let word = (bits[i & 1]! + Math.imul(i + 1, 0x9e3779b9)) | 0;
      word = Math.imul(word ^ (word >>> 16), 0x21f0aaad);
      word = Math.imul(word ^ (word >>> 15), 0x735a2d97);
      this.#words[i] = word ^ (word >>> 15);
    }
    // all zeros is the one state that it does not leave
    this.#words[3]! |= 1;
    for (let i = 0; i < 16; i++) this.#next();
  }

  /** A whole number from 0 to below `limit`, which is at least 1 and at most 2^32. */
  below(limit: number): number {
    return Math.floor((this.#next() / 2 ** 32) * limit);
  }

  #next(): number {
    const words = this.#words;
    const second = words[1]!;
    const scaled = Math.imul(second, 5);
    const result = Math.imul((scaled << 7) | (scaled >>> 25), 9) >>> 0;
    words[2]! ^= words[0]!;
    words[3]! ^= second;
    words[1]! ^= words[2]!;
    words[0]! ^= words[3]!;
    words[2]! ^= second << 9;
    words[3] = (words[3]! << 11) | (words[3]! >>> 21);
    return result;
  }

  save(): State {
    return { words: this.#words.slice() };
  }

  load(state: State): void {
    this.#words.set(numbers(state, "words", Int32Array, 4));
  }
}
