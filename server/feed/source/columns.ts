/**
 * Columns that grow row by row out of messages. What is handed over is memory of its own, from its first byte on: so it
 * is aligned, and holds no message in memory.
 */
import { endOfSymbols } from "../../../protocol/check.js";
import { TYPE, WIDTH } from "../../../protocol/types.js";
import { Symbols, Vector } from "../../../protocol/values.js";
import type { SymbolPool } from "./symbols.js";

const FIRST = 256;
/** Up to here a loop is quicker than the calls that copy a range. */
const SHORT = 48;

/** One column. Its items are `width` bytes each, or symbols, which a zero byte ends. */
export class ColumnBuilder {
  readonly width: number;
  #bytes = new Uint8Array(FIRST);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;
  #count = 0;

  constructor(
    readonly type: number,
    private readonly pool: SymbolPool,
  ) {
    this.width = WIDTH[type]!;
  }

  /** Takes `count` items that lie in `from` up to `to`, known to be whole. */
  add(bytes: Uint8Array, from: number, to: number, count: number): void {
    const size = to - from;
    if (this.#length + size > this.#bytes.length) this.#grow(size);
    const out = this.#bytes;
    const at = this.#length;
    if (size > SHORT) out.set(bytes.subarray(from, to), at);
    else for (let i = 0; i < size; i++) out[at + i] = bytes[from + i]!;
    this.#length = at + size;
    this.#count += count;
  }

  /** Takes one item of 8 bytes: as `add`, without a loop. */
  add8(view: DataView, from: number): void {
    const at = this.#length;
    if (at + 8 > this.#bytes.length) this.#grow(8);
    this.#view.setInt32(at, view.getInt32(from, true), true);
    this.#view.setInt32(at + 4, view.getInt32(from + 4, true), true);
    this.#length = at + 8;
    this.#count++;
  }

  /** Takes those of the items at `from` that `rows` tells, in its order, which rises. */
  pick(bytes: Uint8Array, from: number, to: number, rows: Int32Array): void {
    const { width } = this;
    let at = from;
    let row = 0;
    for (const wanted of rows) {
      if (width > 0) at = from + wanted * width;
      else {
        at = endOfSymbols(bytes, at, wanted - row, to);
        row = wanted + 1;
      }
      const end = width > 0 ? at + width : endOfSymbols(bytes, at, 1, to);
      this.add(bytes, at, end, 1);
      at = end;
    }
  }

  /** What was taken, which begins anew. */
  take(): Vector | Symbols {
    const bytes = this.#bytes.subarray(0, this.#length);
    const count = this.#count;
    // rows come in blocks of a like size
    this.#begin(new Uint8Array(Math.max(FIRST, this.#length)));
    this.#length = 0;
    this.#count = 0;
    if (this.type !== TYPE.symbol) return new Vector(this.type, bytes);
    return new Symbols(count, () => this.pool.names(bytes, count), 0, bytes);
  }

  #grow(size: number): void {
    const larger = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length + size));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#begin(larger);
  }

  #begin(bytes: Uint8Array<ArrayBuffer>): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}
