/** Messages to k values: checked once, then views (see values.ts). */
import { check, DEFAULT_DECODE_LIMITS, type DecodeLimits, endOf, endOfSymbols, WIDE } from "./check.js";
import { uncompress } from "./compress.js";
import { ProtocolError } from "./errors.js";
import { HEADER_SIZE, type MessageKind, RESPONSE, readHeader, readUint32 } from "./header.js";
import { swapObject } from "./swap.js";
import { symbolNames } from "./symbols.js";
import { textOf } from "./text.js";
import {
  Atom,
  Dict,
  Func,
  type K,
  KError,
  List,
  NULL,
  Symbols,
  Table,
  TYPE,
  Vector,
  WIDTH,
} from "./values.js";
import { readItem } from "./view.js";

/** Turns a whole compressed message into the plain one; `limit` bounds the plain message's bytes. */
export type Uncompress = (message: Uint8Array, limit: number) => Uint8Array;

export interface DecodeOptions extends Partial<DecodeLimits> {
  /** bytes that a compressed message may become; default 2^31 - 1 */
  readonly maxSize?: number;
  /** a faster `uncompress`, such as a native one */
  readonly uncompress?: Uncompress;
  /** told how many items of a list, or names, are about to become objects, now or when they are asked for */
  readonly announce?: Announce;
}

/** What it throws stops the making. */
export type Announce = (items: number) => void;

export interface Message {
  readonly kind: MessageKind;
  /** a KError only in a response */
  readonly value: K | KError;
}

/** The largest plain message at capability 3, in bytes. */
export const MAX_SIZE = 2 ** 31 - 1;

/**
 * Reads a whole message: header and object, plain or compressed, either byte order. The value shares the message's
 * memory, so the bytes must not change afterwards.
 * @throws ProtocolError malformed, short or limit
 */
export function decode(message: Uint8Array, options: DecodeOptions = {}): Message {
  if (message.length < HEADER_SIZE) throw new ProtocolError("short", `a message of ${message.length} bytes`);
  const { littleEndian, kind, compression, total } = readHeader(message);
  if (total !== message.length) {
    throw new ProtocolError("malformed", `message length ${total} in a message of ${message.length} bytes`);
  }
  let plain = message;
  if (compression !== 0) plain = (options.uncompress ?? uncompress)(message, options.maxSize ?? MAX_SIZE);
  const object = bytesFrom(plain, HEADER_SIZE);
  if (kind === RESPONSE && object[0] === ERROR) return { kind, value: readError(object) };
  return { kind, value: decodeChecked(object, littleEndian, options, options.announce) };
}

/**
 * Reads one object without header, which must fill the bytes exactly. The value shares their memory.
 * @throws ProtocolError malformed, short or limit
 */
export function decodeObject(bytes: Uint8Array, options: Partial<DecodeLimits> = {}): K {
  return decodeChecked(bytesFrom(bytes, 0), true, options);
}

/**
 * As `decodeObject`, for bytes that need no check since they were written by code of one's own. What they are is found
 * out when it is asked for.
 * @param needs a capability with which a peer can take the object, where that is known
 * @param announce as in `DecodeOptions`
 */
export function decodeTrusted(bytes: Uint8Array, needs?: number, announce?: Announce): K {
  return new Reader(bytesFrom(bytes, 0), 0, needs, announce).value(0, bytes.length);
}

const ERROR = TYPE.error + 256;

function readError(object: Uint8Array): KError {
  if (object.indexOf(0) !== object.length - 1) {
    throw new ProtocolError("malformed", "an error is text that one zero byte ends");
  }
  return new KError(textOf(object.subarray(1, -1)));
}

/** The limits that options mean, kept with them: a server decodes every message with the same options. */
const complete = new WeakMap<Partial<DecodeLimits>, DecodeLimits>();

function limitsOf(options: Partial<DecodeLimits>): DecodeLimits {
  let limits = complete.get(options);
  if (limits === undefined) {
    limits = { ...DEFAULT_DECODE_LIMITS, ...options };
    complete.set(options, limits);
  }
  return limits;
}

function decodeChecked(
  bytes: Uint8Array,
  littleEndian: boolean,
  options: Partial<DecodeLimits>,
  announce?: Announce,
): K {
  const { end, capability } = check(bytes, 0, littleEndian, limitsOf(options));
  if (end !== bytes.length) {
    throw new ProtocolError("malformed", `${bytes.length - end} bytes after the object's end`);
  }
  return new Reader(littleEndian ? bytes : swapObject(bytes), 0, capability, announce).value(0, end);
}

/** A Uint8Array proper, because a Buffer's subarrays would be Buffers, which cost more. */
const bytesFrom = (bytes: Uint8Array, start: number): Uint8Array =>
  new Uint8Array(bytes.buffer, bytes.byteOffset + start, bytes.byteLength - start);

/**
 * Lists nested no deeper than this are lazy. To find where a lazy list ends costs a walk over it, which each level
 * of nesting would repeat; so below this level one pass makes everything.
 */
const LAZY_DEPTH = 8;

/** Reads little-endian objects that have been checked. `needs` goes to the lists. */
class Reader {
  private dataView: DataView | undefined;

  constructor(
    private readonly bytes: Uint8Array,
    private position = 0,
    private readonly needs?: number,
    private readonly announce?: Announce,
  ) {}

  /** Made when the first number is read: most lists that are looked into have none of their own. */
  private get view(): DataView {
    const { buffer, byteOffset, byteLength } = this.bytes;
    this.dataView ??= new DataView(buffer, byteOffset, byteLength);
    return this.dataView;
  }

  /** @param end where the object ends, if that is known */
  value(depth: number, end?: number): K {
    const type = this.bytes[this.position]!;
    if (type > 127) return this.atom(256 - type);
    if (type === TYPE.list) return this.list(depth, end);
    if (type <= TYPE.time) return this.vector(type, end);
    if (type === TYPE.table) return this.table(depth, end);
    if (type === TYPE.dict || type === TYPE.sortedDict) {
      this.position++;
      const keys = this.value(depth + 1);
      return new Dict(keys, this.value(depth + 1, end), type);
    }
    return this.func(type, end);
  }

  private atom(type: number): Atom {
    const start = this.position + 1;
    if (type === TYPE.symbol) {
      this.position = endOfSymbols(this.bytes, start, 1);
      return new Atom(-type, textOf(this.bytes.subarray(start, this.position - 1)));
    }
    this.position = start + WIDTH[type]!;
    return new Atom(-type, readItem(this.view, start, type));
  }

  private vector(type: number, end?: number): Vector | Symbols {
    const attr = this.bytes[this.position + 1]! & ~WIDE;
    const count = this.head();
    const start = this.position;
    if (type !== TYPE.symbol) {
      this.position = start + count * WIDTH[type]!;
      return new Vector(type, this.bytes.subarray(start, this.position), attr);
    }
    this.position = end ?? endOfSymbols(this.bytes, start, count);
    const encoded = this.bytes.subarray(start, this.position);
    const { announce } = this;
    const names = () => {
      announce?.(count);
      return symbolNames(encoded, count);
    };
    return new Symbols(count, names, attr, encoded);
  }

  private list(depth: number, end?: number): List {
    const { bytes, needs, announce, position: start } = this;
    const attr = bytes[start + 1]! & ~WIDE;
    const count = this.head();
    const first = this.position;
    if (depth >= LAZY_DEPTH) {
      const items = this.items(count, depth);
      return new List(count, items, attr, bytes.subarray(start, this.position), needs);
    }
    this.position = end ?? endOf(bytes, start);
    const stop = this.position;
    const items = (most = count) =>
      most < count
        ? new Reader(bytes, first, needs, announce).items(most, depth)
        : new Reader(bytes, first, needs, announce).items(count, depth, stop);
    return new List(count, items, attr, bytes.subarray(start, stop), needs);
  }

  private items(count: number, depth: number, end?: number): K[] {
    this.announce?.(count);
    const out: K[] = [];
    for (let i = 1; i < count; i++) out.push(this.value(depth + 1));
    if (count > 0) out.push(this.value(depth + 1, end));
    return out;
  }

  private table(depth: number, end?: number): Table {
    const attr = this.bytes[this.position + 1]!;
    this.position += 3; // table, attribute, dictionary
    const names = this.vector(TYPE.symbol) as Symbols;
    return new Table(names, this.list(depth + 1, end), attr);
  }

  private func(type: number, end?: number): Func {
    const start = this.position;
    this.position = end ?? endOf(this.bytes, start);
    const body = this.bytes.subarray(start + 1, this.position);
    return type === TYPE.unary && body[0] === 0 ? NULL : new Func(type, body);
  }

  /** Reads type, attribute and count, leaves the position after them. */
  private head(): number {
    const at = this.position + 2;
    if ((this.bytes[at - 1]! & WIDE) === 0) {
      this.position = at + 4;
      return readUint32(this.bytes, at, true);
    }
    this.position = at + 8;
    return readUint32(this.bytes, at, true) + readUint32(this.bytes, at + 4, true) * 2 ** 32;
  }
}
