/**
 * Where the bulk of a message lies. A tensor can keep the bytes of a message as its own memory if its items are aligned
 * there, and where the message is put in memory is decided when only its beginning has arrived.
 */
import { endOfSymbols, WIDE } from "../../protocol/check.js";
import { HEADER_SIZE } from "../../protocol/header.js";
import { TYPE, WIDTH } from "../../protocol/values.js";

const LITTLE_ENDIAN = 1;
/** Bytes and objects that are looked at before giving up. */
const FIRST_BYTES = 4096;
const MOST = 64;

/**
 * The offset of the first item of the vector that is at least half of the message; 0 where none is seen. Takes any
 * bytes: what they claim is only a guess until the whole message has been checked.
 * @param arrived what has arrived of the message
 * @param total bytes of the whole message
 */
export function bulkOffset(arrived: Uint8Array, total: number): number {
  const begun = arrived.subarray(0, FIRST_BYTES);
  if (begun.length < HEADER_SIZE || begun[0] !== LITTLE_ENDIAN) return 0;
  const view = new DataView(begun.buffer, begun.byteOffset, begun.byteLength);
  let at = HEADER_SIZE;
  for (let i = 0; i < MOST && at + 10 <= begun.length; i++) {
    const type = view.getInt8(at);
    if (type === -TYPE.symbol) at = endOfSymbols(begun, at + 1, 1);
    else if (type < 0) at += 1 + (WIDTH[-type] ?? 0);
    else if (type === TYPE.dict || type === TYPE.sortedDict) at += 1;
    else if (type === TYPE.table) at += 2;
    else if (type > TYPE.time) return 0;
    else {
      const wide = (view.getUint8(at + 1) & WIDE) !== 0;
      const count = wide ? Number(view.getBigInt64(at + 2, true)) : view.getUint32(at + 2, true);
      at += wide ? 10 : 6;
      // a list's items are looked at as if they came one after the other
      if (type === TYPE.symbol) at = endOfSymbols(begun, at, count);
      else if (type !== TYPE.list) {
        const bytes = count * WIDTH[type]!;
        if (bytes >= total / 2) return at;
        at += bytes;
      }
    }
    if (at < 0) return 0;
  }
  return 0;
}
