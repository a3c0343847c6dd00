/**
 * Memory that is used again. Arrays lie outside of V8's heap and count for it all the same: when many have become garbage
 * it marks the whole heap, on this thread and on others, to find them. With arrays for each batch, that is a fifth of a
 * feed's work.
 */
import type { Data } from "./work.js";

/** Bytes of arrays that are worth it, and of those that are kept ready. */
const LEAST = 1024;
const MOST = 2 ** 26;

class Pool {
  /** By size, a power of two. */
  readonly #free = new Map<number, ArrayBuffer[]>();
  /** Those that `give` takes: what others have made may be theirs still. */
  readonly #own = new WeakSet<ArrayBuffer>();
  #bytes = 0;

  /** An array, what is in it left over from before. */
  array<T extends Data>(Type: new (buffer: ArrayBuffer, at: number, length: number) => T, length: number): T {
    const bytes = length * (Type as unknown as typeof Float64Array).BYTES_PER_ELEMENT;
    if (bytes < LEAST) return new Type(new ArrayBuffer(bytes), 0, length);
    const size = 2 ** Math.ceil(Math.log2(bytes));
    const found = this.#free.get(size)?.pop();
    if (found !== undefined) this.#bytes -= size;
    const buffer = found ?? new ArrayBuffer(size);
    this.#own.add(buffer);
    return new Type(buffer, 0, length);
  }

  /** Nobody uses the array any more, if it is one of the pool's. */
  give({ buffer }: Data): void {
    if (this.#own.delete(buffer as ArrayBuffer)) this.take(buffer as ArrayBuffer);
  }

  /** Memory that has come back from another thread. */
  take(buffer: ArrayBuffer): void {
    const size = buffer.byteLength;
    if (size < LEAST || !Number.isInteger(Math.log2(size)) || this.#bytes + size > MOST) return;
    const free = this.#free.get(size);
    if (free === undefined) this.#free.set(size, [buffer]);
    else free.push(buffer);
    this.#bytes += size;
  }
}

/** Of this thread: a feed has one for itself. */
export const pool = new Pool();
