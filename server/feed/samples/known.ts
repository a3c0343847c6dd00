import { Growing } from "./growing.js";

/** Samples whose label has become known in this block, in order: rows of keys, by their sequence numbers. */
export class Known {
  readonly keys = new Growing(Int32Array);
  readonly rows = new Growing(Float64Array);
  /** Samples that had arrived then. */
  readonly after = new Growing(Float64Array);

  push(key: number, row: number, after: number): void {
    this.keys.push(key);
    this.rows.push(row);
    this.after.push(after);
  }

  get count(): number {
    return this.keys.count;
  }

  clear(): void {
    this.keys.clear();
    this.rows.clear();
    this.after.clear();
  }
}
