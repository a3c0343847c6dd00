/** k values as bytes of their own, which another thread can have without a copy. */
import { setImmediate as turn } from "node:timers/promises";
import { check, UNLIMITED } from "../../../protocol/check.js";
import { encodeObject, encodeParts } from "../../../protocol/encode.js";
import { ProtocolError } from "../../../protocol/errors.js";
import { ASYNC, HEADER_SIZE } from "../../../protocol/header.js";
import { Encoded, type K, KError } from "../../../protocol/values.js";
import { claim } from "../values/budget.js";

/**
 * A value that a strict peer can read; what it takes is claimed, which may be far more than the value itself takes.
 * @throws KError 'type where the evaluator has made what is no k value, such as a dictionary with a function for its
 * keys; 'limit for one nested too deep
 */
export function checkedBytes(x: K): Encoded {
  try {
    const bytes = encodeObject(x, {}, claim);
    const { capability } = check(bytes, 0, true, UNLIMITED);
    return new Encoded(owned(bytes), capability);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new KError(error.code === "malformed" ? "type" : `${error.code}: ${error.message}`);
  }
}

/** Bytes with nothing else in their memory: what is small lies in a buffer of Node's among others. */
export const owned = (bytes: Uint8Array): Uint8Array =>
  bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes);

/** Bytes copied in one go; more take several turns of the event loop. */
const SLICE = 4 * 2 ** 20;

/**
 * A value's bytes, put together without keeping the event loop busy for long.
 * @param most bytes that they may be
 * @throws KError 'wsfull (or a promise that rejects with it), ProtocolError
 */
export function ownBytes(x: K, most: number): Uint8Array | Promise<Uint8Array> {
  const [first, ...rest] = encodeParts(x, ASYNC) as [Uint8Array, ...Uint8Array[]];
  const parts = [first.subarray(HEADER_SIZE), ...rest];
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  if (size > most) throw new KError("wsfull");
  const bytes = new Uint8Array(size);
  if (size > SLICE) return copy(parts, bytes);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

async function copy(parts: readonly Uint8Array[], bytes: Uint8Array): Promise<Uint8Array> {
  let at = 0;
  let untilTurn = SLICE;
  for (const part of parts) {
    for (let from = 0; from < part.length; ) {
      const slice = part.subarray(from, from + untilTurn);
      bytes.set(slice, at);
      at += slice.length;
      from += slice.length;
      untilTurn -= slice.length;
      if (untilTurn > 0) continue;
      untilTurn = SLICE;
      await turn();
    }
  }
  return bytes;
}
