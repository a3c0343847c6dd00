/** Symbol vectors on the wire: names one after the other, each ended by a zero byte. */
import { isAscii } from "node:buffer";
import { ProtocolError } from "./errors.js";
import { buffer, bytesOf, textOf } from "./text.js";

/** Bytes turned into text at once: long enough to be quick, short enough that one kept name keeps little alive. */
const BLOCK = 64 * 1024;

/** The names in `encoded`, which holds exactly `count` of them. */
export function symbolNames(encoded: Uint8Array, count: number): string[] {
  const names: string[] = [];
  let start = 0;
  while (start < encoded.length) {
    const end = encoded.indexOf(0, Math.min(start + BLOCK, encoded.length) - 1) + 1;
    readBlock(encoded.subarray(start, end), names);
    start = end;
  }
  if (names.length !== count)
    throw new ProtocolError("malformed", `${names.length} symbols, expected ${count}`);
  return names;
}

function readBlock(block: Uint8Array, names: string[]): void {
  if (!isAscii(block)) {
    for (let start = 0; start < block.length; ) {
      const end = block.indexOf(0, start);
      names.push(textOf(block.subarray(start, end)));
      start = end + 1;
    }
    return;
  }
  const text = buffer(block).toString("latin1");
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf("\0", start);
    names.push(text.substring(start, end));
    start = end + 1;
  }
}

/** Names encoded at once; bounds the length of the joined string. */
const GROUP = 65536;

/**
 * The bytes of `names` as on the wire.
 * @throws ProtocolError type when a name has a zero character
 */
export function symbolBytes(names: readonly string[]): Uint8Array {
  if (names.length <= GROUP) return groupBytes(names);
  const groups: Uint8Array[] = [];
  for (let i = 0; i < names.length; i += GROUP) groups.push(groupBytes(names.slice(i, i + GROUP)));
  return Buffer.concat(groups);
}

function groupBytes(names: readonly string[]): Uint8Array {
  if (names.length === 0) return new Uint8Array(0);
  const bytes = bytesOf(`${names.join("\0")}\0`);
  let zeros = 0;
  for (let i = 0; i < bytes.length; i++) if (bytes[i] === 0) zeros++;
  if (zeros !== names.length) throw new ProtocolError("type", "a symbol cannot hold a zero character");
  return bytes;
}
