/** The typed errors of this folder. A k error that a peer answers with is a `KError` (values.ts) instead. */

/**
 * malformed: bytes that are no k message; short: bytes that end inside an object; limit: beyond a size, depth or
 * count limit (or what the peer's release can take); type: a value that cannot be sent; http, tls: the first bytes
 * of a connection belong to another protocol.
 */
export type ProtocolErrorCode = "malformed" | "short" | "limit" | "type" | "http" | "tls";

/** Bytes that break the protocol, or a value that cannot be put into it. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  constructor(
    readonly code: ProtocolErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/**
 * hop: no connection could be made; access: the server closed it without accepting the user; timeout: no answer in
 * time; closed: the connection ended (a request's fate is then unknown); protocol: the server sent malformed bytes.
 */
export type ConnectionErrorCode = "hop" | "access" | "timeout" | "closed" | "protocol";

/** What went wrong between the client and its server. */
export class ConnectionError extends Error {
  override readonly name = "ConnectionError";
  constructor(
    readonly code: ConnectionErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
