/**
 * k values to messages. Sizes are added up first, then one buffer is written once. What came from the wire (`bytes`
 * of vectors, `encoded` of lists) is copied as it is, or handed on by reference.
 */
import { check, DEFAULT_DECODE_LIMITS, UNLIMITED, WIDE } from "./check.js";
import { ProtocolError } from "./errors.js";
import { HEADER_SIZE, type MessageKind, writeHeader, writeUint32 } from "./header.js";
import { symbolBytes } from "./symbols.js";
import { bytesOf } from "./text.js";
import { CAPABILITY, isFloating, TYPE, WIDTH } from "./types.js";
import { Atom, Dict, Encoded, Func, type K, type KError, List, Symbols, Table, Vector } from "./values.js";

export interface EncodeOptions {
  /** what the peer can take (its capability byte, 0 to 6); default 6 */
  readonly capability?: number;
}

/** What a message can hold. */
export type Sendable = K | KError | Encoded;

/** The newest capability: messages beyond 2 GB, vectors beyond 2^31 - 1 items. */
export const NEWEST = 6;

/** Vectors of at least this many bytes are handed on by reference by `encodeParts`. */
const BY_REFERENCE = 32 * 1024;
const MAX_INT = 2 ** 31 - 1;

/**
 * A whole message.
 * @throws ProtocolError type when the peer cannot take a type in it, limit when it is too large or too deep for it
 */
export function encode(value: Sendable, kind: MessageKind, options: EncodeOptions = {}): Uint8Array {
  return write(value, kind, options, Infinity)[0]!;
}

/**
 * A whole message in pieces, to be written one after the other. Large vectors are pieces of their own, not copied:
 * they must not change until they have been written. The first piece begins with the header.
 * @throws ProtocolError as `encode`
 */
export function encodeParts(value: Sendable, kind: MessageKind, options: EncodeOptions = {}): Uint8Array[] {
  return write(value, kind, options, BY_REFERENCE);
}

/**
 * One object without header.
 * @param announce told how many bytes it takes before memory is taken for them
 */
export function encodeObject(
  value: K,
  options: EncodeOptions = {},
  announce?: (bytes: number) => void,
): Uint8Array {
  const writer = new Writer(options.capability ?? NEWEST, Infinity);
  const size = writer.size(value, 0);
  announce?.(size);
  return writer.write(value, size)[0]!;
}

/**
 * The header of a message whose object comes from elsewhere.
 * @param size bytes of the object
 * @throws ProtocolError limit when the message is too large for the peer
 */
export function encodeHeader(size: number, kind: MessageKind, options: EncodeOptions = {}): Uint8Array {
  const header = new Uint8Array(HEADER_SIZE);
  writeHeader(header, kind, 0, fitting(HEADER_SIZE + size, options.capability ?? NEWEST));
  return header;
}

function fitting(total: number, capability: number): number {
  if (total > (capability < 5 ? MAX_INT : 2 ** 40 - 1)) {
    throw new ProtocolError("limit", `a message of ${total} bytes for a peer of capability ${capability}`);
  }
  return total;
}

function write(
  value: Sendable,
  kind: MessageKind,
  options: EncodeOptions,
  byReference: number,
): Uint8Array[] {
  const capability = options.capability ?? NEWEST;
  const writer = new Writer(capability, byReference);
  const total = fitting(HEADER_SIZE + writer.size(value, 0), capability);
  const parts = writer.write(value, total, HEADER_SIZE);
  writeHeader(parts[0]!, kind, 0, total);
  return parts;
}

const NOTHING = new Uint8Array(0);

class Writer {
  /** bytes of strings, made while sizes are added up, used in the same order while writing */
  private readonly texts: Uint8Array[] = [];
  private text = 0;
  private referenced = 0;
  private readonly parts: Uint8Array[] = [];
  private out = NOTHING;
  private dataView: DataView | undefined;
  private position = 0;
  /** where the piece being written begins */
  private piece = 0;

  constructor(
    private readonly capability: number,
    private readonly byReference: number,
  ) {}

  /** Made when the first atom is written: most replies have none. */
  private get view(): DataView {
    this.dataView ??= new DataView(this.out.buffer, this.out.byteOffset, this.out.length);
    return this.dataView;
  }

  /** Bytes that an object takes; refuses what the peer cannot take. */
  size(x: Sendable, depth: number): number {
    if (x instanceof Atom) return 1 + this.atomSize(x);
    if (x instanceof Vector) {
      if (!Number.isInteger(x.count)) {
        throw new ProtocolError("type", `no vector of type ${x.type} has ${x.bytes.length} bytes`);
      }
      this.need(x.type);
      return this.headSize(x.count) + this.bulk(x.bytes);
    }
    if (x instanceof Symbols)
      return this.headSize(x.count) + this.bulk(this.keep(x.bytes ?? symbolBytes(x.names)));
    if (x instanceof List) {
      if (x.encoded === undefined) return this.headSize(x.count) + this.itemsSize(x.items, depth);
      return this.bulk(this.taken(x.encoded, x.needs));
    }
    if (x instanceof Dict) return 1 + this.itemsSize([x.keys, x.values], depth);
    if (x instanceof Table) return 3 + this.itemsSize([x.columns, x.values], depth);
    if (x instanceof Func) return 1 + this.takenBody(x).length;
    if (x instanceof Encoded) {
      this.allow(x.needs);
      return this.bulk(x.bytes);
    }
    // an empty or cut error text would be malformed
    return 2 + this.keep(bytesOf(x.message.replaceAll("\0", " ") || "error")).length;
  }

  private itemsSize(items: readonly K[], depth: number): number {
    if (depth >= DEFAULT_DECODE_LIMITS.depth) {
      throw new ProtocolError("limit", `more than ${DEFAULT_DECODE_LIMITS.depth} levels in one message`);
    }
    let size = 0;
    for (const item of items) size += this.size(item, depth + 1);
    return size;
  }

  private headSize(count: number): number {
    if (count <= MAX_INT) return 6;
    if (this.capability < 6) throw new ProtocolError("limit", `${count} items in one vector`);
    return 10;
  }

  private atomSize(x: Atom): number {
    if (x.type === -TYPE.symbol) return this.keep(symbolBytes([x.value as string])).length;
    const width = WIDTH[-x.type];
    if (!width) throw new ProtocolError("type", `type ${x.type} cannot be sent`);
    this.need(-x.type);
    return width;
  }

  private need(type: number): void {
    if (CAPABILITY[type]! > this.capability) {
      throw new ProtocolError("type", `type ${type} for a peer of capability ${this.capability}`);
    }
  }

  /**
   * Bytes that came from the wire, once it is known that this peer can take them.
   * @param needs a capability that is enough, where one is known
   */
  private taken(bytes: Uint8Array, needs = NEWEST): Uint8Array {
    if (needs > this.capability) this.allow(check(bytes, 0, true, UNLIMITED).capability);
    return bytes;
  }

  private allow(needed: number): void {
    if (needed <= this.capability) return;
    throw new ProtocolError(
      needed > 3 ? "limit" : "type",
      `a value of capability ${needed} for a peer of ${this.capability}`,
    );
  }

  private takenBody({ type, body }: Func): Uint8Array {
    if (this.capability < NEWEST) this.taken(Buffer.concat([Uint8Array.of(type), body]));
    return body;
  }

  private keep(bytes: Uint8Array): Uint8Array {
    this.texts.push(bytes);
    return bytes;
  }

  private bulk(bytes: Uint8Array): number {
    if (bytes.length >= this.byReference) this.referenced += bytes.length;
    return bytes.length;
  }

  /**
   * The pieces of an object whose size has been taken.
   * @param total bytes of the object and of what comes before it
   * @param start bytes left free before the object
   */
  write(value: Sendable, total: number, start = 0): Uint8Array[] {
    // Node takes small buffers from a pool; every byte of it is written below.
    this.out = Buffer.allocUnsafe(total - this.referenced);
    this.position = start;
    this.object(value);
    this.cut();
    return this.parts;
  }

  private object(x: Sendable): void {
    const { out } = this;
    if (x instanceof List && x.encoded !== undefined) {
      this.copy(x.encoded);
      return;
    }
    if (x instanceof Encoded) {
      this.copy(x.bytes);
      return;
    }
    out[this.position++] = x.type;
    if (x instanceof Atom) this.atom(x);
    else if (x instanceof Vector) {
      this.head(x.attr, x.count);
      this.copy(x.bytes);
    } else if (x instanceof Symbols) {
      this.head(x.attr, x.count);
      this.copy(this.texts[this.text++]!);
    } else if (x instanceof List) {
      this.head(x.attr, x.count);
      for (const item of x.items) this.object(item);
    } else if (x instanceof Dict) {
      this.object(x.keys);
      this.object(x.values);
    } else if (x instanceof Table) {
      out[this.position++] = x.attr;
      out[this.position++] = TYPE.dict;
      this.object(x.columns);
      this.object(x.values);
    } else if (x instanceof Func) this.inline(x.body);
    else {
      this.inline(this.texts[this.text++]!);
      out[this.position++] = 0;
    }
  }

  private atom({ type, value }: Atom): void {
    if (type === -TYPE.symbol || type === -TYPE.guid) {
      this.inline(type === -TYPE.guid ? (value as Uint8Array) : this.texts[this.text++]!);
      return;
    }
    const at = this.position;
    const width = WIDTH[-type]!;
    this.position = at + width;
    if (typeof value === "bigint") this.view.setBigInt64(at, value, true);
    else if (isFloating(-type)) this.float(at, width, Number(value));
    else if (width === 4) this.view.setInt32(at, Number(value), true);
    else if (width === 2) this.view.setInt16(at, Number(value), true);
    else if (width === 1) this.view.setUint8(at, Number(value));
    else this.view.setBigInt64(at, BigInt(value as number), true);
  }

  private float(at: number, width: number, value: number): void {
    // q's own null is the positive NaN; JavaScript's may have either sign
    if (Number.isNaN(value)) {
      if (width === 8) this.view.setBigUint64(at, 0x7ff8000000000000n, true);
      else this.view.setUint32(at, 0x7fc00000, true);
    } else if (width === 8) this.view.setFloat64(at, value, true);
    else this.view.setFloat32(at, value, true);
  }

  private head(attr: number, count: number): void {
    const wide = count > MAX_INT;
    this.out[this.position] = wide ? attr | WIDE : attr;
    writeUint32(this.out, this.position + 1, count, true);
    if (wide) writeUint32(this.out, this.position + 5, Math.floor(count / 2 ** 32), true);
    this.position += wide ? 9 : 5;
  }

  private copy(bytes: Uint8Array): void {
    if (bytes.length < this.byReference) this.inline(bytes);
    else {
      this.cut();
      this.parts.push(bytes);
    }
  }

  private inline(bytes: Uint8Array): void {
    // for a few bytes the call of set costs more than the bytes
    if (bytes.length > 32) this.out.set(bytes, this.position);
    else for (let i = 0; i < bytes.length; i++) this.out[this.position + i] = bytes[i]!;
    this.position += bytes.length;
  }

  private cut(): void {
    const { out, piece, position } = this;
    if (position - piece === out.length) this.parts.push(out);
    else if (position > piece) this.parts.push(out.subarray(piece, position));
    this.piece = position;
  }
}
