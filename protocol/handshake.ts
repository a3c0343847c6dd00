/**
 * What a connection begins with: `user:password`, one byte of capability, one zero byte; the server answers with one
 * byte, the common capability, or closes without a word.
 */
import { NEWEST } from "./encode.js";
import { ProtocolError } from "./errors.js";
import { bytesOf, textOf } from "./text.js";

export interface Handshake {
  readonly user: string;
  /** all that follows the first colon */
  readonly password: string;
  /** what the client can take; 0 when it did not say */
  readonly capability: number;
}

/** The last byte before the zero byte is a capability if it is a control character. */
const LAST_CONTROL = 0x1f;
const COLON = 0x3a;
/** Passwords can be tokens of several kilobytes. */
const DEFAULT_MAX = 64 * 1024;

/** Reads the bytes before the zero byte. Bytes that are not UTF-8 are kept, as text.ts says. */
export function parseHandshake(bytes: Uint8Array): Handshake {
  const last = bytes[bytes.length - 1];
  const capable = last !== undefined && last <= LAST_CONTROL;
  const text = capable ? bytes.subarray(0, -1) : bytes;
  const colon = text.indexOf(COLON);
  return {
    user: textOf(colon < 0 ? text : text.subarray(0, colon)),
    password: colon < 0 ? "" : textOf(text.subarray(colon + 1)),
    capability: capable ? last : 0,
  };
}

/** Collects a handshake from chunks. */
export class HandshakeReader {
  readonly #max: number;
  #bytes: Uint8Array = new Uint8Array(0);
  #size = 0;

  /** @param max bytes it may have before its zero byte */
  constructor(max = DEFAULT_MAX) {
    this.#max = max;
  }

  /** Bytes that have arrived. */
  get waiting(): number {
    return this.#size;
  }

  /**
   * Takes a chunk; gives the handshake once it is complete, with the bytes that followed it.
   * @throws ProtocolError limit when it gets too long; http or tls when it is no handshake of kdb+'s
   */
  push(chunk: Uint8Array): { handshake: Handshake; rest: Uint8Array } | undefined {
    const end = chunk.indexOf(0);
    const part = end < 0 ? chunk : chunk.subarray(0, end);
    if (this.#size + part.length > this.#max) {
      throw new ProtocolError("limit", `a handshake of more than ${this.#max} bytes`);
    }
    this.#append(part);
    const bytes = this.#bytes.subarray(0, this.#size);
    const other = recognise(bytes);
    if (other !== undefined) throw new ProtocolError(other, `${other.toUpperCase()} on a kdb+ port`);
    if (end < 0) return undefined;
    return { handshake: parseHandshake(bytes), rest: chunk.subarray(end + 1) };
  }

  #append(part: Uint8Array): void {
    const size = this.#size + part.length;
    if (size > this.#bytes.length) {
      const larger = new Uint8Array(Math.min(Math.max(2 * size, 64), this.#max));
      larger.set(this.#bytes.subarray(0, this.#size));
      this.#bytes = larger;
    }
    this.#bytes.set(part, this.#size);
    this.#size = size;
  }
}

const HTTP = /^(GET|POST|PUT|HEAD|DELETE|OPTIONS|PATCH|CONNECT|TRACE) /;

/** Which other protocol a connection's first bytes belong to; undefined when none can be told (yet). */
export function recognise(first: Uint8Array): "http" | "tls" | undefined {
  if (first[0] === 0x16 && first[1] === 0x03) return "tls";
  return HTTP.test(textOf(first.subarray(0, 8))) ? "http" : undefined;
}

/**
 * A client's handshake.
 * @throws ProtocolError type when the user has a colon, or either text a zero character
 */
export function buildHandshake({ user, password, capability }: Handshake): Uint8Array {
  if (user.includes(":")) throw new ProtocolError("type", "a user name cannot have a colon");
  const text = bytesOf(`${user}:${password}`);
  if (text.includes(0)) throw new ProtocolError("type", "user and password cannot have zero characters");
  // capability 0 is said by saying nothing, as a zero byte would end the handshake
  return Buffer.concat([text, Buffer.from(capability > 0 ? [capability, 0] : [0])]);
}

/** The server's one byte: what both sides can take. It must travel alone. */
export const answer = (peer: number, own = NEWEST): number => Math.min(peer, own);
