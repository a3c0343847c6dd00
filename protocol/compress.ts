/**
 * kdb+'s message compression, byte for byte as q does it. A control byte announces 8 items, lowest bit first: 0 is a
 * literal byte; 1 is a pair (h, n), 2 + n bytes copied from the latest position whose two bytes hashed to h. The hash
 * of a position is the exclusive or of its two bytes. Positions count from the start of the plain message, header
 * included, so that 0 can mean an empty slot.
 */
import { ProtocolError } from "./errors.js";
import { HEADER_SIZE, readHeader, readUint32, writeHeader, writeUint32 } from "./header.js";

/** Smaller messages go as they are. */
const WORTHWHILE = 2000;
/** Beyond this, positions would not fit the slots' 32 bits. */
const LARGEST = 2 ** 31 - 1;

/**
 * The compressed message of a plain one; undefined where it should go plain: up to 2000 bytes, from 2 GB, or when
 * less than half of the bytes would be saved.
 */
export function compress(message: Uint8Array): Uint8Array | undefined {
  const total = message.length;
  if (total <= WORTHWHILE || total > LARGEST) return undefined;
  const limit = Math.floor(total / 2);
  const out = new Uint8Array(Buffer.allocUnsafeSlow(limit).buffer);
  const slot = new Int32Array(256);
  const hashed = total - 3; // the last position that is hashed
  let s = HEADER_SIZE;
  let o = HEADER_SIZE + 4;
  let pending = 0; // a literal's position enters its slot one item late
  let pendingHash = 0;
  while (s < total) {
    if (o > limit - 17) return undefined;
    const control = o++;
    let flags = 0;
    for (let bit = 1; bit < 256 && s < total; bit <<= 1) {
      let hash = 0;
      let p = 0;
      if (s <= hashed) {
        hash = message[s]! ^ message[s + 1]!;
        p = slot[hash]!;
      }
      // one equal byte is enough: the equal hash makes the second one equal
      const match = p !== 0 && message[p] === message[s];
      if (pending !== 0) {
        slot[pendingHash] = pending;
        pending = 0;
      }
      if (match) {
        slot[hash] = s;
        flags |= bit;
        p += 2;
        s += 2;
        const start = s;
        const stop = Math.min(s + 255, total);
        while (s < stop && message[p] === message[s]) {
          s++;
          p++;
        }
        out[o++] = hash;
        out[o++] = s - start;
      } else {
        if (s <= hashed) {
          pending = s;
          pendingHash = hash;
        }
        out[o++] = message[s++]!;
      }
    }
    out[control] = flags;
  }
  const { kind, littleEndian } = readHeader(message);
  writeHeader(out, kind, 1, o);
  out[0] = message[0]!;
  if (!littleEndian) writeUint32(out, 4, o, false);
  writeUint32(out, HEADER_SIZE, total, littleEndian);
  return out.subarray(0, o);
}

/**
 * The most bytes that `size` bytes of tokens can stand for: a control byte and 8 pairs, 17 bytes, make 8 times 257.
 */
const mostFrom = (size: number): number => Math.ceil(size / 17) * 8 * 257;

/**
 * The size of a compressed message's plain one, header included, as announced; nothing of that size needs to be allocated
 * before.
 * @param limit bytes that the plain message may have
 * @throws ProtocolError limit, short when there are no tokens, or malformed when the size cannot come from them
 */
export function announcedSize(message: Uint8Array, limit: number): number {
  const { littleEndian, compression } = readHeader(message);
  const first = firstToken(compression);
  if (message.length <= first) throw new ProtocolError("short", "a compressed message without content");
  const size = plainSize(message, compression === 2, littleEndian);
  if (size > limit)
    throw new ProtocolError("limit", `a message that inflates to ${size} bytes, limit ${limit}`);
  if (size <= HEADER_SIZE || size - HEADER_SIZE > mostFrom(message.length - first)) {
    throw new ProtocolError("malformed", `${message.length} compressed bytes cannot hold ${size}`);
  }
  return size;
}

const firstToken = (compression: number): number => HEADER_SIZE + (compression === 2 ? 8 : 4);

/**
 * The plain message of a compressed one, header included, in the same byte order. Tokens left over are ignored.
 * @param limit bytes that the plain message may have
 * @throws ProtocolError as `announcedSize`, and malformed or short where tokens point outside of what has been written
 *   or end early
 */
export function uncompress(message: Uint8Array, limit: number): Uint8Array {
  const size = announcedSize(message, limit);
  const { littleEndian, kind, compression } = readHeader(message);
  const out = new Uint8Array(Buffer.allocUnsafeSlow(size).buffer);
  writeHeader(out, kind, 0, size);
  out[0] = message[0]!;
  if (!littleEndian) writeUint32(out, 4, size, false);
  inflate(message, firstToken(compression), out);
  return out;
}

function plainSize(message: Uint8Array, wide: boolean, littleEndian: boolean): number {
  if (!wide) return readUint32(message, HEADER_SIZE, littleEndian);
  const low = readUint32(message, HEADER_SIZE + (littleEndian ? 0 : 4), littleEndian);
  return readUint32(message, HEADER_SIZE + (littleEndian ? 4 : 0), littleEndian) * 2 ** 32 + low;
}

function inflate(tokens: Uint8Array, first: number, out: Uint8Array): void {
  // doubles, so that positions beyond 2 GB fit
  const slot = out.length > LARGEST ? new Float64Array(256) : new Int32Array(256);
  const available = tokens.length;
  const size = out.length;
  let t = first;
  let s = HEADER_SIZE;
  let p = HEADER_SIZE; // positions before p have entered their slots
  while (s < size) {
    if (t >= available) throw torn();
    const flags = tokens[t++]!;
    for (let bit = 1; bit < 256 && s < size; bit <<= 1) {
      let n = 0;
      if ((flags & bit) !== 0) {
        if (t + 2 > available) throw torn();
        let r = slot[tokens[t]!]!;
        n = tokens[t + 1]!;
        t += 2;
        if (r < HEADER_SIZE || s + 2 + n > size) {
          throw new ProtocolError("malformed", "a compressed message points outside of itself");
        }
        out[s] = out[r]!;
        out[s + 1] = out[r + 1]!;
        s += 2;
        r += 2;
        // byte by byte, as source and target may overlap
        for (let i = 0; i < n; i++) out[s + i] = out[r + i]!;
      } else {
        if (t >= available) throw torn();
        out[s++] = tokens[t++]!;
      }
      for (; p < s - 1; p++) slot[out[p]! ^ out[p + 1]!] = p;
      if ((flags & bit) !== 0) {
        s += n;
        p = s;
      }
    }
  }
}

const torn = (): ProtocolError => new ProtocolError("short", "a compressed message ends early");
