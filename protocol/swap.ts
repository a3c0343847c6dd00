/** Big-endian objects turned into little-endian ones. */
import { endOfSymbols, WIDE } from "./check.js";
import { readUint32, writeUint32 } from "./header.js";
import { buffer } from "./text.js";
import { TYPE, WIDTH } from "./values.js";

/** A little-endian copy of a big-endian object that has been checked. */
export function swapObject(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(bytes);
  new Swap(copy).object();
  return copy;
}

class Swap {
  private position = 0;
  constructor(private readonly bytes: Uint8Array) {}

  object(): void {
    const type = this.bytes[this.position++]!;
    if (type > 127) this.items(256 - type, 1);
    else if (type <= TYPE.time) this.vector(type);
    else if (type === TYPE.table) {
      this.position++;
      this.object();
    } else if (type === TYPE.dict || type === TYPE.sortedDict) this.objects(2);
    else if (type === TYPE.lambda) {
      this.items(TYPE.symbol, 1);
      this.object();
    } else if (type <= TYPE.iterator) this.position++;
    else if (type <= TYPE.composition) this.objects(this.count(4));
    else this.object();
  }

  private objects(count: number): void {
    for (let i = 0; i < count; i++) this.object();
  }

  private vector(type: number): void {
    const wide = (this.bytes[this.position++]! & WIDE) !== 0;
    const count = this.count(wide ? 8 : 4);
    if (type === TYPE.list) this.objects(count);
    else this.items(type, count);
  }

  /** Swaps a count and returns it. */
  private count(width: 4 | 8): number {
    const { bytes, position } = this;
    this.position += width;
    const low = readUint32(bytes, this.position - 4, false);
    const high = width === 8 ? readUint32(bytes, position, false) : 0;
    writeUint32(bytes, position, low, true);
    if (width === 8) writeUint32(bytes, position + 4, high, true);
    return high * 2 ** 32 + low;
  }

  private items(type: number, count: number): void {
    const start = this.position;
    if (type === TYPE.symbol) {
      this.position = endOfSymbols(this.bytes, start, count);
      return;
    }
    const width = WIDTH[type]!;
    this.position = start + count * width;
    if (width === 1 || width === 16) return; // guids are bytes in text order
    const part = buffer(this.bytes.subarray(start, this.position));
    if (width === 2) part.swap16();
    else if (width === 4) part.swap32();
    else part.swap64();
  }
}
