/**
 * kdb+ IPC as a library: k values, messages, and a client.
 *
 *     import { connect, decode, encode, k } from "torchq/protocol";
 *     const bytes = encode(k.list([k.symbol("f"), k.floats([1, 2])]), SYNC);
 *     const { kind, value } = decode(bytes);
 *
 * Values are classes (`Atom`, `Vector`, ...; TYPE has q's type numbers), made by the functions of `k`. Decoded values
 * share the message's memory. Errors: `ProtocolError` for bytes or values that break the protocol, `ConnectionError`
 * between client and server, `KError` for what a server answers.
 */
export { parseAddress } from "./address.js";
export { type Checked, check, DEFAULT_DECODE_LIMITS, type DecodeLimits } from "./check.js";
export { Client, type ConnectOptions, connect, type RequestOptions } from "./client.js";
export { announcedSize, compress, uncompress } from "./compress.js";
export {
  type DecodeOptions,
  decode,
  decodeObject,
  decodeTrusted,
  MAX_SIZE,
  type Message,
  type Uncompress,
} from "./decode.js";
export { type Dialled, type DialOptions, dial, socketPath, socketPaths } from "./dial.js";
export { type EncodeOptions, encode, encodeObject, encodeParts, NEWEST, type Sendable } from "./encode.js";
export {
  ConnectionError,
  type ConnectionErrorCode,
  ProtocolError,
  type ProtocolErrorCode,
} from "./errors.js";
export { Framer, type FramerOptions } from "./framer.js";
export {
  answer,
  buildHandshake,
  type Handshake,
  HandshakeReader,
  parseHandshake,
  recognise,
} from "./handshake.js";
export { ASYNC, HEADER_SIZE, type Header, type MessageKind, RESPONSE, readHeader, SYNC } from "./header.js";
export * as k from "./make.js";
export { bytesOf, textOf } from "./text.js";
export {
  CAPABILITY,
  EPOCH_MILLIS,
  INFINITY_OF,
  LETTERS,
  NULL_OF,
  TYPE_NAMES,
} from "./types.js";
export * from "./values.js";
