/**
 * Chunks of a byte stream to whole messages.
 *
 * A message that lies within one chunk is handed out as a view of it. A message that arrives in pieces is put
 * together in memory of its own, which grows with what has arrived: never more than sixteen times that (and 64 KB),
 * whatever the header announces, and what has not arrived has not been written to, so that the system need not have
 * given it yet. The last growth copies at most a sixteenth.
 */
import { ProtocolError } from "./errors.js";
import { HEADER_SIZE, readHeader } from "./header.js";

export interface FramerOptions {
  /** bytes that a message may have on the wire, header included; default 2^31 - 1 */
  readonly maxMessage?: number;
  /**
   * makes the memory, of `size` bytes, in which a message is put together; what is in it does not matter. `begun` is what
   * has arrived of the message, as far as that lies together
   */
  readonly allocate?: (size: number, begun: Uint8Array) => Uint8Array;
}

const FIRST = 64 * 1024;
const GROWTH = 16;
/** A reading buffer with less room than this is replaced. */
const WORTH_READING = 4 * 1024;

const allocate = (size: number): Uint8Array => new Uint8Array(Buffer.allocUnsafeSlow(size).buffer);

export class Framer {
  /** Where the message of the last `advance` lies. */
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  readonly #maxMessage: number;
  readonly #allocate: (size: number, begun: Uint8Array) => Uint8Array;
  /** what has been pushed and not yet handed out: #chunk from #start on */
  #chunk: Uint8Array = new Uint8Array(0);
  #start = 0;
  /** the message being put together: #filled of #total bytes are in #partial */
  #partial: Uint8Array | undefined;
  #filled = 0;
  #total = 0;
  /** where `target` lets the socket read to while no message is being put together; free from #used on */
  #scratch: Uint8Array = new Uint8Array(0);
  #used = 0;

  constructor(options: FramerOptions = {}) {
    this.#maxMessage = options.maxMessage ?? 2 ** 31 - 1;
    this.#allocate = options.allocate ?? allocate;
  }

  /**
   * Takes a chunk. The messages handed out may be views of it, so its bytes must not change afterwards. Call `next`
   * until it has no more before the next push; what is left over is copied otherwise.
   */
  push(chunk: Uint8Array): void {
    const left = this.#chunk.length - this.#start;
    if (left === 0) this.#chunk = chunk;
    else {
      const joined = allocate(left + chunk.length);
      joined.set(this.#chunk.subarray(this.#start));
      joined.set(chunk, left);
      this.#chunk = joined;
    }
    this.#start = 0;
  }

  /**
   * The next whole message, undefined until more bytes come.
   * @throws ProtocolError malformed or limit, as soon as a header says so; the stream cannot be read on after that
   */
  next(): Uint8Array | undefined {
    return this.advance() ? this.bytes.subarray(this.start, this.end) : undefined;
  }

  /**
   * As `next`, for those who read a message where it lies, in `bytes` from `start` to `end`: nothing is made for it.
   * @returns whether there is one
   */
  advance(): boolean {
    if (this.#partial !== undefined) return this.#fill();
    const left = this.#chunk.length - this.#start;
    if (left === 0) return false;
    if (left < HEADER_SIZE) return this.#begin(HEADER_SIZE);
    const total = this.#checkedTotal(this.#chunk, this.#start);
    if (left < total) return this.#begin(total);
    this.bytes = this.#chunk;
    this.start = this.#start;
    this.#start += total;
    this.end = this.#start;
    return true;
  }

  /** Bytes of an unfinished message that have arrived. */
  get waiting(): number {
    return this.#filled + this.#chunk.length - this.#start;
  }

  /**
   * A region for the socket to read into, to spare a copy; then call `filled` with how much it read. The same region
   * is offered until then. For use instead of `push`, once `next` has had all messages.
   */
  target(): Uint8Array {
    if (this.#partial !== undefined) {
      this.#reserve(this.#filled + 1);
      return this.#partial.subarray(this.#filled, this.#total);
    }
    if (this.#scratch.length - this.#used < WORTH_READING) {
      this.#scratch = allocate(FIRST);
      this.#used = 0;
    }
    return this.#scratch.subarray(this.#used);
  }

  /** Says that `size` bytes of the last `target` have been read into. */
  filled(size: number): void {
    if (this.#partial !== undefined) this.#filled += size;
    else {
      this.push(this.#scratch.subarray(this.#used, this.#used + size));
      this.#used += size; // never read into again: messages handed out lie there
    }
  }

  /** Starts putting a message together; of `total` bytes, or of a header alone whose length is not known yet. */
  #begin(total: number): boolean {
    this.#partial = new Uint8Array(0);
    this.#filled = 0;
    this.#total = total;
    return this.#fill();
  }

  #fill(): boolean {
    for (;;) {
      const size = Math.min(this.#chunk.length - this.#start, this.#total - this.#filled);
      if (size > 0) {
        this.#reserve(this.#filled + size);
        this.#partial!.set(this.#chunk.subarray(this.#start, this.#start + size), this.#filled);
        this.#filled += size;
        this.#start += size;
      }
      if (this.#filled < this.#total) return this.#release();
      const message = this.#partial!;
      if (this.#total > HEADER_SIZE) {
        this.#partial = undefined;
        this.#filled = 0;
        this.bytes = message;
        this.start = 0;
        this.end = message.length;
        return true;
      }
      this.#total = this.#checkedTotal(message, 0);
    }
  }

  /** Lets a used up chunk go. */
  #release(): false {
    if (this.#start === this.#chunk.length) {
      this.#chunk = new Uint8Array(0);
      this.#start = 0;
    }
    return false;
  }

  /** Makes room for `size` bytes of the message; its final size is reached in powers of sixteen. */
  #reserve(size: number): void {
    if (size <= this.#partial!.length) return;
    let capacity = this.#total;
    while (capacity > FIRST && Math.ceil(capacity / GROWTH) >= size) capacity = Math.ceil(capacity / GROWTH);
    const begun = this.#partial!.subarray(0, this.#filled);
    const larger = this.#allocate(capacity, begun);
    larger.set(begun);
    this.#partial = larger;
  }

  #checkedTotal(bytes: Uint8Array, start: number): number {
    const { total } = readHeader(bytes, start);
    if (total > this.#maxMessage) {
      throw new ProtocolError("limit", `a message of ${total} bytes, limit ${this.#maxMessage}`);
    }
    return total;
  }
}
