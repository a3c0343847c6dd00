/** The 8 bytes before every message: byte order, kind, compression, total length. */
import { ProtocolError } from "./errors.js";

export const HEADER_SIZE = 8;

/** Message kinds. */
export const ASYNC = 0;
export const SYNC = 1;
export const RESPONSE = 2;
export type MessageKind = typeof ASYNC | typeof SYNC | typeof RESPONSE;

export interface Header {
  readonly littleEndian: boolean;
  readonly kind: MessageKind;
  /** 0 plain, 1 compressed with a 4-byte size, 2 compressed with an 8-byte size */
  readonly compression: 0 | 1 | 2;
  /** bytes in the whole message, these 8 included; below 2^40 */
  readonly total: number;
}

/**
 * Reads the header that begins at `start`; eight bytes must be there.
 * @throws ProtocolError malformed when no k message begins so
 */
export function readHeader(bytes: Uint8Array, start = 0): Header {
  const order = bytes[start]!;
  const kind = bytes[start + 1]!;
  const compression = bytes[start + 2]!;
  if (order > 1 || kind > 2 || compression > 2) {
    throw new ProtocolError("malformed", `no k message begins with bytes ${order} ${kind} ${compression}`);
  }
  const littleEndian = order === 1;
  // byte 3 holds bits 32 to 39 of the length in both byte orders
  const total = bytes[start + 3]! * 2 ** 32 + readUint32(bytes, start + 4, littleEndian);
  if (total <= HEADER_SIZE)
    throw new ProtocolError("malformed", `message length ${total}, expected at least 9`);
  return { littleEndian, kind: kind as MessageKind, compression: compression as 0 | 1 | 2, total };
}

/** Writes a little-endian header at the beginning of `bytes`. */
export function writeHeader(
  bytes: Uint8Array,
  kind: MessageKind,
  compression: 0 | 1 | 2,
  total: number,
): void {
  bytes[0] = 1;
  bytes[1] = kind;
  bytes[2] = compression;
  bytes[3] = Math.floor(total / 2 ** 32);
  writeUint32(bytes, 4, total, true);
}

export function readUint32(bytes: Uint8Array, at: number, littleEndian: boolean): number {
  return littleEndian
    ? (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
    : (bytes[at + 3]! | (bytes[at + 2]! << 8) | (bytes[at + 1]! << 16) | (bytes[at]! << 24)) >>> 0;
}

/** Writes the low 32 bits of `value`. */
export function writeUint32(bytes: Uint8Array, at: number, value: number, littleEndian: boolean): void {
  const low = value >>> 0;
  const [first, step] = littleEndian ? [at, 1] : [at + 3, -1];
  for (let i = 0; i < 4; i++) bytes[first + i * step] = (low >>> (8 * i)) & 0xff;
}
