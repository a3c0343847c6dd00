/** Symbols by their bytes: the same few names come again and again, and are made into text once. */
import { textOf } from "../../../protocol/text.js";

/** Names kept; of more, each is made when it comes. */
const MOST = 2 ** 16;
/** Places looked at: names made to fall together cost no more. */
const PROBES = 16;
const SLOTS = 2 * MOST;

export class SymbolPool {
  /** Number of a name + 1 by hash, 0 where there is none. */
  readonly #slots = new Uint32Array(SLOTS);
  readonly #names: string[] = [];
  readonly #bytes: Uint8Array[] = [];

  /** The names of `count` symbols, each ended by a zero byte. */
  names(bytes: Uint8Array, count: number): string[] {
    const names: string[] = [];
    for (let start = 0, left = count; left > 0; left--) {
      let end = start;
      while (bytes[end] !== 0) end++;
      names.push(this.name(bytes, start, end));
      start = end + 1;
    }
    return names;
  }

  name(bytes: Uint8Array, start: number, end: number): string {
    const number = this.number(bytes, start, end);
    return number < 0 ? textOf(bytes.slice(start, end)) : this.#names[number]!;
  }

  /** The number of a name, which gets one if it comes for the first time; -1 where it has none. */
  private number(bytes: Uint8Array, start: number, end: number): number {
    let hash = 0x811c9dc5;
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
    hash ^= hash >>> 15;
    for (let probe = 0; probe < PROBES; probe++) {
      const slot = (hash + probe) & (SLOTS - 1);
      const found = this.#slots[slot]! - 1;
      if (found < 0) return this.#add(slot, bytes.slice(start, end));
      if (same(this.#bytes[found]!, bytes, start, end)) return found;
    }
    return -1;
  }

  #add(slot: number, name: Uint8Array): number {
    if (this.#names.length === MOST || name.length > 256) return -1;
    this.#bytes.push(name);
    this.#slots[slot] = this.#names.push(textOf(name));
    return this.#names.length - 1;
  }
}

function same(name: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (name.length !== end - start) return false;
  for (let i = 0; i < name.length; i++) if (name[i] !== bytes[start + i]) return false;
  return true;
}
