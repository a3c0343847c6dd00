/** Symbol vectors on the wire: names one after the other, each ended by a zero byte. */
import { ProtocolError } from "./errors.js";
import { bytesOf, textOf } from "./text.js";

/** Bytes turned into text at once: long enough to be quick, short enough that one kept name keeps little alive. */
const BLOCK = 64 * 1024;

/** The names in `encoded`, which holds exactly `count` of them. */
export function symbolNames(encoded: Uint8Array, count: number): string[] {
  if (count === 0) return [];
  if (encoded.length <= BLOCK) return textOf(encoded.subarray(0, -1)).split("\0");
  const names: string[] = [];
  for (let start = 0; start < encoded.length; ) {
    const end = encoded.indexOf(0, Math.min(start + BLOCK, encoded.length) - 1);
    // a zero byte is never part of a longer UTF-8 sequence, so names may be told apart after decoding
    for (const name of textOf(encoded.subarray(start, end)).split("\0")) names.push(name);
    start = end + 1;
  }
  return names;
}

/**
 * The bytes of `names` as on the wire.
 * @throws ProtocolError type when a name has a zero character
 */
export function symbolBytes(names: readonly string[]): Uint8Array {
  let size = names.length;
  for (const name of names) size += name.length;
  const out = new Uint8Array(size);
  let at = 0;
  for (const name of names) {
    for (let i = 0; i < name.length; i++) {
      const unit = name.charCodeAt(i);
      if (unit === 0) throw new ProtocolError("type", "a symbol cannot hold a zero character");
      if (unit > 0x7f) return longer(names);
      out[at++] = unit;
    }
    at++; // the zero byte is there already
  }
  return out;
}

/** Names encoded at once; bounds the length of the joined string. */
const GROUP = 4096;

/** As `symbolBytes`, for names that are not all ASCII. */
function longer(names: readonly string[]): Uint8Array {
  const groups: Uint8Array[] = [];
  for (let i = 0; i < names.length; i += GROUP) {
    const group = names.slice(i, i + GROUP);
    if (group.some((name) => name.includes("\0"))) {
      throw new ProtocolError("type", "a symbol cannot hold a zero character");
    }
    groups.push(bytesOf(`${group.join("\0")}\0`));
  }
  return Buffer.concat(groups);
}
