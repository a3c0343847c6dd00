/**
 * What a session sends: k values encoded for its peer, compressed where that is due, in the order in which they were
 * given, even where compressing one takes time.
 */

import { compress } from "../../protocol/compress.js";
import {
  type EncodeOptions,
  encode,
  encodeHeader,
  encodeParts,
  type Sendable,
} from "../../protocol/encode.js";
import { type MessageKind, RESPONSE } from "../../protocol/header.js";
import { NULL } from "../../protocol/values.js";
import type { Codec, Compressed } from "../engine/codec.js";
import type { Parcel } from "../engine/parcel.js";
import type { Compress } from "../options.js";
import type { Outbox } from "./outbox.js";

/** The commonest reply, `::`. */
const NULL_REPLY = encodeParts(NULL, RESPONSE);
/** Larger messages are not compressed in JavaScript: it would keep the event loop busy for too long. */
const COMPRESSIBLE = 8 * 2 ** 20;

const inJavaScript = (message: Uint8Array): Compressed =>
  message.length <= COMPRESSIBLE ? compress(message) : undefined;

export class Outgoing {
  readonly #outbox: Outbox;
  readonly #encoding: EncodeOptions;
  readonly #compress: NonNullable<Codec["compress"]> | undefined;
  /** Settles when all that was given before has gone to the outbox; undefined when it has. */
  #before: Promise<void> | undefined;
  /** Bytes of messages that are being compressed, or wait behind one. */
  #held = 0;

  /**
   * @param capability of both sides
   * @param local whether the peer is on this machine
   */
  constructor(outbox: Outbox, capability: number, local: boolean, wanted: Compress, codec: Codec) {
    this.#outbox = outbox;
    this.#encoding = { capability };
    const due = capability > 0 && (wanted === "always" || (wanted === "auto" && !local));
    this.#compress = due ? (codec.compress ?? inJavaScript) : undefined;
  }

  /** Bytes that the peer has not taken yet. */
  get pending(): number {
    return this.#held + this.#outbox.pending;
  }

  /** Whether messages leave as they are made, without compression. */
  get plain(): boolean {
    return this.#compress === undefined;
  }

  /**
   * Sends a parcel; only where messages leave `plain`.
   * @throws ProtocolError when it is too large for this peer
   */
  sendParcel(parcel: Parcel, kind: MessageKind): void {
    this.#outbox.send([encodeHeader(parcel.length, kind, this.#encoding), parcel]);
  }

  /**
   * @returns a promise, which never rejects, where it takes time until the message is on its way
   * @throws ProtocolError when the value cannot be sent to this peer
   */
  send(value: Sendable, kind: MessageKind): Promise<void> | undefined {
    if (this.#compress === undefined) {
      const parts =
        value === NULL && kind === RESPONSE ? NULL_REPLY : encodeParts(value, kind, this.#encoding);
      this.#outbox.send(parts);
      return undefined;
    }
    const message = encode(value, kind, this.#encoding);
    const compressed = this.#compress(message);
    if (this.#before !== undefined || compressed instanceof Promise) return this.#later(message, compressed);
    this.#outbox.send([compressed ?? message]);
    return undefined;
  }

  /** Settles when what is being compressed is on its way; undefined when nothing is. */
  get settling(): Promise<void> | undefined {
    return this.#before;
  }

  #later(message: Uint8Array, compressed: Compressed | Promise<Compressed>): Promise<void> {
    const gone = this.#follow(message, compressed, this.#before);
    this.#before = gone;
    gone.then(() => {
      if (this.#before === gone) this.#before = undefined;
    });
    return gone;
  }

  async #follow(
    message: Uint8Array,
    compressed: Compressed | Promise<Compressed>,
    before: Promise<void> | undefined,
  ): Promise<void> {
    this.#held += message.length;
    // A codec that fails costs the compression, not the message.
    const ready = await Promise.resolve(compressed).catch(() => undefined);
    await before;
    this.#held -= message.length;
    this.#outbox.send([ready ?? message]);
  }
}
