/**
 * Bytes as text and back. Text is UTF-8; a byte that is not part of valid UTF-8 becomes the lone surrogate
 * U+DC00 + byte (U+DC80..U+DCFF), as Python's "surrogateescape" does, so that any bytes survive the way there and back.
 */
import { isAscii, isUtf8 } from "node:buffer";

const ESCAPE = 0xdc00;
/** Matches surrogates that are not half of a pair: in unicode mode a pair is one character. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** A Buffer over the same memory. */
export const buffer = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Up to here a loop is quicker than the calls into Node: names are short. */
const SHORT = 16;

/** The text that `bytes` hold. */
export function textOf(bytes: Uint8Array): string {
  if (bytes.length <= SHORT) {
    let text = "";
    for (const byte of bytes) {
      if (byte > 0x7f) return longTextOf(bytes);
      text += String.fromCharCode(byte);
    }
    return text;
  }
  return longTextOf(bytes);
}

function longTextOf(bytes: Uint8Array): string {
  if (isAscii(bytes)) return buffer(bytes).toString("latin1");
  if (isUtf8(bytes)) return buffer(bytes).toString("utf8");
  return escaped(bytes);
}

/** The bytes of `text`. A lone surrogate that stands for no byte becomes U+FFFD, as in TextEncoder. */
export function bytesOf(text: string): Uint8Array {
  const length = Buffer.byteLength(text, "utf8");
  if (length === text.length) return Buffer.from(text, "latin1");
  return LONE_SURROGATE.test(text) ? unescaped(text) : Buffer.from(text, "utf8");
}

/** Text of bytes that are not all valid UTF-8: valid runs as they are, each other byte escaped by itself. */
function escaped(bytes: Uint8Array): string {
  const whole = buffer(bytes);
  const parts: string[] = [];
  let valid = 0; // start of the valid run that ends at i
  for (let i = 0; i < bytes.length; ) {
    const length = sequenceLength(bytes, i);
    if (length === 0) {
      if (valid < i) parts.push(whole.toString("utf8", valid, i));
      parts.push(String.fromCharCode(ESCAPE + bytes[i]!));
      valid = ++i;
    } else i += length;
  }
  if (valid < bytes.length) parts.push(whole.toString("utf8", valid));
  return parts.join("");
}

/** Length of the UTF-8 sequence that begins at `i`, 0 if none does (Unicode 15, table 3-7). */
function sequenceLength(bytes: Uint8Array, i: number): number {
  const first = bytes[i]!;
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (i + length > bytes.length) return 0;
  const second = bytes[i + 1]!;
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 0;
  for (let j = 2; j < length; j++) if ((bytes[i + j]! & 0xc0) !== 0x80) return 0;
  return length;
}

/** Bytes of text with lone surrogates. */
function unescaped(text: string): Uint8Array {
  const parts: Buffer[] = [];
  let from = 0; // start of the text not yet put into parts
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0xd800 && unit < 0xdc00 && isLow(text.charCodeAt(i + 1))) i++;
    else if (unit >= 0xdc80 && unit <= 0xdcff) {
      parts.push(Buffer.from(text.slice(from, i), "utf8"), Buffer.of(unit - ESCAPE));
      from = i + 1;
    }
  }
  parts.push(Buffer.from(text.slice(from), "utf8"));
  return Buffer.concat(parts);
}

const isLow = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff;
