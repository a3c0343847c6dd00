/**
 * One walk over the bytes of an object that nobody has vouched for. It makes nothing: it looks at types, counts and
 * ends, so that decoding may afterwards trust every count and every zero byte. The facts are those of kdb+'s wire
 * format: an object is a type byte and a body, without padding.
 */
import { ProtocolError } from "./errors.js";
import { readUint32 } from "./header.js";
import { CAPABILITY, TYPE, WIDTH } from "./types.js";

export interface DecodeLimits {
  /** how deep lists, dictionaries, tables and functions may nest */
  readonly depth: number;
  /** list items in the whole message: each may become a JavaScript object of some 50 bytes */
  readonly objects: number;
  /** symbols in symbol vectors in the whole message: each may become a string */
  readonly symbols: number;
}

export const DEFAULT_DECODE_LIMITS: DecodeLimits = { depth: 200, objects: 2 ** 24, symbols: 2 ** 26 };

/** A count with this attribute bit has 8 bytes instead of 4. */
export const WIDE = 0x80;

export interface Checked {
  /** position after the object */
  readonly end: number;
  /** the least capability a peer must have to take the object: 0, 1 (timestamp, timespan), 3 (guid), 6 (wide count) */
  readonly capability: number;
}

/**
 * Checks the object that begins at `start`.
 * @throws ProtocolError malformed, short (the bytes end first) or limit
 */
export function check(
  bytes: Uint8Array,
  start = 0,
  littleEndian = true,
  limits: DecodeLimits = DEFAULT_DECODE_LIMITS,
): Checked {
  const walk = new Walk(bytes, start, littleEndian, limits);
  walk.object(0);
  return { end: walk.position, capability: walk.capability };
}

/** For bytes that have been checked before. */
export const UNLIMITED: DecodeLimits = {
  depth: Number.POSITIVE_INFINITY,
  objects: Number.POSITIVE_INFINITY,
  symbols: Number.POSITIVE_INFINITY,
};

/** The end of an object that has been checked before, in little-endian bytes. */
export function endOf(bytes: Uint8Array, start: number): number {
  const walk = new Walk(bytes, start, true, UNLIMITED);
  walk.object(0);
  return walk.position;
}

/** The position after `count` zero-ended symbols that begin at `start`; -1 if the bytes, or those before `end`, end first. */
export function endOfSymbols(bytes: Uint8Array, start: number, count: number, end = bytes.length): number {
  let position = start;
  for (let left = count; left > 0; left--) {
    while (position < end && bytes[position] !== 0) position++;
    if (position >= end) return -1;
    position++;
  }
  return position;
}

/** Bytes of the smallest object: a type byte and one more. */
const SMALLEST = 2;
/** Count of an object that has no items. */
const SINGLE = -1;

class Walk {
  capability = 0;
  /** items of the object walked last */
  private count = SINGLE;
  private objects = 0;
  private symbols = 0;

  constructor(
    private readonly bytes: Uint8Array,
    public position: number,
    private readonly littleEndian: boolean,
    private readonly limits: DecodeLimits,
  ) {}

  object(depth: number): void {
    const at = this.position;
    if (at >= this.bytes.length) this.short(1);
    const type = this.bytes[at]!;
    this.position = at + 1;
    if (type >= 0xed) this.atom(256 - type);
    else if (type <= TYPE.time) {
      if (type === TYPE.list) this.list(depth);
      else this.vector(type);
    } else if (type === TYPE.table) this.table(depth);
    else if (type === TYPE.dict || type === TYPE.sortedDict) this.dict(depth);
    else this.func(type, depth);
  }

  private atom(type: number): void {
    this.count = SINGLE;
    if (type === TYPE.symbol) this.zeroEnded(1);
    else {
      const width = WIDTH[type]!;
      if (width === 0) this.malformed(`no type ${-type}`);
      this.need(type);
      this.skip(width);
    }
  }

  private vector(type: number): void {
    const count = this.head();
    if (type === TYPE.symbol) {
      if (count > this.bytes.length - this.position) this.short(count);
      this.symbols += count;
      if (this.symbols > this.limits.symbols) this.limit("symbols", this.limits.symbols);
      this.zeroEnded(count);
    } else {
      const width = WIDTH[type]!;
      if (width === 0) this.malformed(`no type ${type}`);
      this.need(type);
      this.skip(count * width);
    }
    this.count = count;
  }

  private list(depth: number): void {
    const count = this.head();
    this.items(count, depth);
    this.count = count;
  }

  private items(count: number, depth: number): void {
    if (count * SMALLEST > this.bytes.length - this.position) this.short(count * SMALLEST);
    this.objects += count;
    if (this.objects > this.limits.objects) this.limit("objects", this.limits.objects);
    this.deeper(depth);
    for (let left = count; left > 0; ) {
      const at = this.position;
      this.object(depth + 1);
      left -= 1 + this.alike(at, left - 1);
    }
  }

  /**
   * Skips objects, at most `most`, that follow the vector at `at` and have the same type and count, so the same size: rows
   * of a matrix.
   * @returns how many
   */
  private alike(at: number, most: number): number {
    const { bytes } = this;
    const type = bytes[at]!;
    if (type === TYPE.list || type > TYPE.time || type === TYPE.symbol || bytes[at + 1]! >= WIDE) return 0;
    const size = this.position - at;
    const last = bytes.length - size;
    let count = 0;
    let next = this.position;
    while (
      count < most &&
      next <= last &&
      bytes[next] === type &&
      bytes[next + 1]! < WIDE &&
      bytes[next + 2] === bytes[at + 2] &&
      bytes[next + 3] === bytes[at + 3] &&
      bytes[next + 4] === bytes[at + 4] &&
      bytes[next + 5] === bytes[at + 5]
    ) {
      next += size;
      count++;
    }
    this.position = next;
    return count;
  }

  private func(type: number, depth: number): void {
    if (type === TYPE.lambda) {
      this.zeroEnded(1);
      this.expect(TYPE.char, "a lambda's source is a char vector");
      this.vector(TYPE.char);
    } else if (type >= TYPE.unary && type <= TYPE.iterator) this.skip(1);
    else if (type === TYPE.projection || type === TYPE.composition) this.items(this.int32(), depth);
    else if (type > TYPE.composition && type <= 111) {
      this.deeper(depth);
      this.object(depth + 1);
    } else this.malformed(`no type ${type > 127 ? type - 256 : type} can be sent`);
    this.count = SINGLE;
  }

  private dict(depth: number): void {
    this.deeper(depth);
    this.object(depth + 1);
    const keys = this.count;
    if (keys === SINGLE) this.malformed("a dictionary's keys are a list, a vector, a table or a dictionary");
    this.object(depth + 1);
    if (this.count !== keys) this.malformed(`a dictionary of ${keys} keys needs as many values`);
  }

  private table(depth: number): void {
    this.deeper(depth);
    this.skip(1);
    this.expect(TYPE.dict, "a table holds a dictionary");
    this.expect(TYPE.symbol, "a table's column names are a symbol vector");
    this.vector(TYPE.symbol);
    const names = this.count;
    this.expect(TYPE.list, "a table's columns are a general list");
    const columns = this.head();
    if (columns !== names) this.malformed(`${columns} columns for ${names} names`);
    this.objects += columns;
    let rows = 0;
    for (let i = 0; i < columns; i++) {
      this.object(depth + 2);
      if (this.count === SINGLE) this.malformed("a table's column is a vector or a list");
      if (i === 0) rows = this.count;
      else if (this.count !== rows) this.malformed(`a column of ${this.count} items beside one of ${rows}`);
    }
    this.count = rows;
  }

  /** Attribute and count; returns the count, which is not yet known to fit. */
  private head(): number {
    if (this.position >= this.bytes.length) this.short(1);
    const wide = (this.bytes[this.position]! & WIDE) !== 0;
    this.position++;
    if (!wide) return this.int32();
    this.capability = 6;
    const at = this.position;
    this.skip(8);
    const low = readUint32(this.bytes, this.littleEndian ? at : at + 4, this.littleEndian);
    const high = readUint32(this.bytes, this.littleEndian ? at + 4 : at, this.littleEndian);
    if (high >= 2 ** 20) this.malformed("negative or absurd count");
    return high * 2 ** 32 + low;
  }

  private int32(): number {
    const at = this.position;
    this.skip(4);
    const count = readUint32(this.bytes, at, this.littleEndian);
    if (count > 0x7fffffff) this.malformed("negative count");
    return count;
  }

  private zeroEnded(count: number): void {
    const end = endOfSymbols(this.bytes, this.position, count);
    if (end < 0) throw new ProtocolError("short", `symbol without end at byte ${this.position}`);
    this.position = end;
  }

  private expect(type: number, otherwise: string): void {
    if (this.position >= this.bytes.length) this.short(1);
    if (this.bytes[this.position] !== type) this.malformed(otherwise);
    this.position++;
  }

  private skip(size: number): void {
    if (size > this.bytes.length - this.position) this.short(size);
    this.position += size;
  }

  private need(type: number): void {
    const capability = CAPABILITY[type]!;
    if (capability > this.capability) this.capability = capability;
  }

  private deeper(depth: number): void {
    if (depth >= this.limits.depth) this.limit("levels", this.limits.depth);
  }

  private short(size: number): never {
    const left = this.bytes.length - this.position;
    throw new ProtocolError("short", `${size} bytes announced at byte ${this.position}, ${left} left`);
  }

  private malformed(message: string): never {
    throw new ProtocolError("malformed", `${message} (near byte ${this.position})`);
  }

  private limit(what: string, limit: number): never {
    throw new ProtocolError("limit", `more than ${limit} ${what} in one message`);
  }
}
