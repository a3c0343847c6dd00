/** torchq as a library. */
export type { ApiFunction, Call } from "./api/call.js";
export type { Language, Sender } from "./calls/requests.js";
export type { Caller } from "./calls/running.js";
export type { User } from "./calls/users.js";
export type { Codec } from "./engine/codec.js";
export { OptionError } from "./errors.js";
export type { Logger, LogLevel } from "./log.js";
export { type Address, DEFAULTS, type Options, parseOptions } from "./options.js";
export { realParts } from "./parts.js";
export { type Parts, type Running, start } from "./server.js";
