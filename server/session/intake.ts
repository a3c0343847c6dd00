/**
 * What has arrived from one peer and is not served yet. Bytes come as chunks, or are read straight to where the message
 * is put together; while requests wait, they are kept as they came.
 */
import { Framer, type FramerOptions } from "../../protocol/framer.js";

const SPARE = 64 * 1024;
/** A reading buffer with less room than this is replaced. */
const WORTH_READING = 4 * 1024;

export class Intake {
  readonly #framer: Framer;
  /** The framer has no whole message left, so that it may be given more. */
  #drained = true;
  /** What came after. */
  #chunks: Uint8Array[] = [];
  #chunkBytes = 0;
  /** Messages that were taken and are to be served later. */
  #kept: Uint8Array[] = [];
  #keptBytes = 0;
  /** Whether the last target is the framer's own. */
  #direct = false;
  /** Targets while the framer is not drained, never read into twice; free from #used on. */
  #spare = new Uint8Array(0);
  #used = 0;

  constructor(options: FramerOptions) {
    this.#framer = new Framer(options);
  }

  /** Bytes kept besides those in the framer. */
  get waiting(): number {
    return this.#chunkBytes + this.#keptBytes;
  }

  /** Takes a chunk, whose bytes must not change afterwards. */
  push(chunk: Uint8Array): void {
    if (this.#drained && this.#chunks.length === 0) {
      this.#framer.push(chunk);
      this.#drained = false;
    } else {
      this.#chunks.push(chunk);
      this.#chunkBytes += chunk.length;
    }
  }

  /** Where the next bytes are to be read into. Nothing may be pushed between this and `filled`. */
  target(): Uint8Array {
    this.#direct = this.#drained && this.#chunks.length === 0;
    if (this.#direct) return this.#framer.target();
    if (this.#spare.length - this.#used < WORTH_READING) {
      this.#spare = new Uint8Array(Buffer.allocUnsafeSlow(SPARE).buffer);
      this.#used = 0;
    }
    return this.#spare.subarray(this.#used);
  }

  /** So many bytes were read into the last target. */
  filled(size: number): void {
    if (this.#direct) {
      this.#framer.filled(size);
      this.#drained = false;
    } else {
      this.push(this.#spare.subarray(this.#used, this.#used + size));
      this.#used += size;
    }
  }

  /**
   * The next whole message, undefined until more bytes come.
   * @throws ProtocolError as Framer.next
   */
  next(): Uint8Array | undefined {
    const kept = this.#kept.shift();
    if (kept === undefined) return this.nextBehind();
    this.#keptBytes -= kept.length;
    return kept;
  }

  /** Keeps a message for `next`, before or behind those that are kept. */
  keep(message: Uint8Array, where: "first" | "last"): void {
    if (where === "first") this.#kept.unshift(message);
    else this.#kept.push(message);
    this.#keptBytes += message.length;
  }

  /** As `next`, of what came behind the messages that are kept. */
  nextBehind(): Uint8Array | undefined {
    for (;;) {
      const message = this.#framer.next();
      if (message !== undefined) return message;
      const chunk = this.#chunks.shift();
      if (chunk === undefined) {
        this.#drained = true;
        return undefined;
      }
      this.#chunkBytes -= chunk.length;
      this.#framer.push(chunk);
    }
  }

  /** Forgets what waits. */
  clear(): void {
    this.#chunks = [];
    this.#chunkBytes = 0;
    this.#kept = [];
    this.#keptBytes = 0;
  }
}
