/** Changes to valid bytes: those that find what a reader of lengths, counts and types forgets to look at. */
import type { Random } from "./random.js";

const BYTES = [0x00, 0x01, 0x02, 0x03, 0x7f, 0x80, 0x81, 0xfe, 0xff];
/** Type bytes of lists, vectors, tables, functions, errors, and some that do not exist. */
const TYPES = [
  0, 1, 2, 3, 4, 7, 9, 10, 11, 12, 19, 20, 76, 77, 97, 98, 99, 100, 101, 104, 105, 106, 111, 112,
];
const COUNTS = [0, 1, 2, 3, 7, 255, 256, 65_535, 65_536, 2 ** 24, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];

type Change = (random: Random, bytes: Buffer, corpus: readonly Uint8Array[]) => Buffer;

const joined = (...parts: Uint8Array[]): Buffer => Buffer.concat(parts);

/** A range of the bytes, mostly short. */
function range(random: Random, size: number): [from: number, to: number] {
  const from = random.below(size);
  const length = random.chance(0.8) ? random.below(16) + 1 : random.below(size) + 1;
  return [from, Math.min(size, from + length)];
}

const CHANGES: readonly Change[] = [
  (random, bytes) => {
    bytes[random.below(bytes.length)]! ^= 1 << random.below(8);
    return bytes;
  },
  (random, bytes) => {
    bytes[random.below(bytes.length)] = random.pick(BYTES);
    return bytes;
  },
  (random, bytes) => {
    bytes[random.below(bytes.length)] = random.below(256);
    return bytes;
  },
  (random, bytes) => {
    bytes[random.below(bytes.length)] = random.pick(TYPES);
    return bytes;
  },
  (random, bytes) => {
    if (bytes.length < 4) return bytes;
    const at = random.below(bytes.length - 3);
    const count = (random.pick(COUNTS) + random.below(3) - 1) >>> 0;
    if (random.chance(0.8)) bytes.writeUInt32LE(count, at);
    else bytes.writeUInt32BE(count, at);
    return bytes;
  },
  (random, bytes) => bytes.subarray(0, random.below(bytes.length + 1)),
  (random, bytes) => {
    const [from, to] = range(random, bytes.length);
    return joined(bytes.subarray(0, from), bytes.subarray(to));
  },
  (random, bytes) => {
    const [from, to] = range(random, bytes.length);
    return joined(bytes.subarray(0, to), bytes.subarray(from));
  },
  (random, bytes) => {
    const at = random.below(bytes.length + 1);
    const some = Uint8Array.from({ length: random.below(12) + 1 }, () => random.below(256));
    return joined(bytes.subarray(0, at), some, bytes.subarray(at));
  },
  (random, bytes, corpus) => {
    const other = random.pick(corpus);
    const [from, to] = range(random, other.length);
    const at = random.below(bytes.length + 1);
    return joined(bytes.subarray(0, at), other.subarray(from, to), bytes.subarray(at));
  },
];

/** A changed copy of a corpus member; sometimes with several changes, seldom with none. */
export function mutate(random: Random, corpus: readonly Uint8Array[]): Buffer {
  let bytes: Buffer = Buffer.from(random.pick(corpus));
  let changes = random.chance(0.02) ? 0 : random.chance(0.6) ? 1 : 1 + random.below(5);
  for (; changes > 0 && bytes.length > 0; changes--) bytes = random.pick(CHANGES)(random, bytes, corpus);
  return bytes;
}

/** Makes a message's length say what it has: else nearly every change would be found by the framer already. */
export function fixLength(message: Buffer): Buffer {
  if (message.length < 8) return message;
  const fixed = Buffer.from(message);
  fixed[3] = 0;
  if (fixed[0] === 0) fixed.writeUInt32BE(fixed.length, 4);
  else fixed.writeUInt32LE(fixed.length, 4);
  return fixed;
}

/** The bytes in pieces, as packets might bring them. */
export function pieces(random: Random, bytes: Uint8Array): Uint8Array[] {
  const out: Uint8Array[] = [];
  const longest = random.pick([1, 3, 8, 100, 100_000]);
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + random.below(longest);
    out.push(bytes.slice(at, at + size));
    at += size;
  }
  return out;
}
