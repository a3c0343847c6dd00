/** kdb+ IPC as a library: see the modules' own comments. */
export { type DecodeOptions, decode, decodeObject, type Message } from "./decode.js";
export { type EncodeOptions, encode, encodeObject, encodeParts } from "./encode.js";
export * as k from "./make.js";
export * from "./values.js";
