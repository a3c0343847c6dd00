/** torchq as a library. */
export type { ApiFunction, Call } from "./api/call.js";
export type { Language, Sender } from "./calls/client.js";
export type { Caller } from "./calls/running.js";
export type { User } from "./calls/users.js";
export { realComponents } from "./components.js";
export type { Codec } from "./engine/codec.js";
export { OptionError } from "./errors.js";
export type { Logger, LogLevel } from "./log.js";
export { type Address, DEFAULTS, type Options, parseOptions } from "./options.js";
export { type Components, type Running, start } from "./server.js";
