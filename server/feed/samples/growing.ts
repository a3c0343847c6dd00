/** A list of numbers that grows at its end. */
export class Growing<T extends Float64Array | Int32Array> {
  count = 0;
  data: T;

  constructor(readonly Type: new (length: number) => T) {
    this.data = new Type(64);
  }

  push(value: number): void {
    if (this.count === this.data.length) {
      const larger = new this.Type(2 * this.count);
      larger.set(this.data);
      this.data = larger;
    }
    this.data[this.count++] = value;
  }

  /** Empty again; memory of a burst is given back. */
  clear(): void {
    this.count = 0;
    if (this.data.length > MOST) this.data = new this.Type(64);
  }

  /** The first items go. */
  shift(count: number): void {
    const rest = this.data.subarray(count, this.count);
    if (4 * rest.length < this.data.length && this.data.length > MOST) {
      const data = new this.Type(this.data.length / 2);
      data.set(rest);
      this.data = data;
    } else this.data.copyWithin(0, count, this.count);
    this.count -= count;
  }
}

const MOST = 2 ** 16;
