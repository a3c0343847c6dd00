/** One message of a session's: what it says, what is made of it, and its answer. */
import { type DecodeOptions, decode } from "../../protocol/decode.js";
import { ProtocolError } from "../../protocol/errors.js";
import { ASYNC, type MessageKind, RESPONSE, readHeader, SYNC } from "../../protocol/header.js";
import { type K, KError } from "../../protocol/values.js";
import type { Client, Reply } from "../calls/client.js";
import type { Dispatcher } from "../calls/requests.js";
import type { User, Users } from "../calls/users.js";
import type { Codec } from "../engine/codec.js";
import { Parcel } from "../engine/parcel.js";
import { answerable, kError } from "../errors.js";
import type { Logger } from "../log.js";
import type { Options } from "../options.js";
import type { Outgoing } from "./outgoing.js";
import type { Waits } from "./waits.js";

/** What all sessions share. */
export interface ServerContext {
  readonly options: Options;
  readonly dispatcher: Dispatcher;
  readonly users: Users;
  readonly log: Logger;
  readonly codec: Codec;
}

/**
 * List items and names of one request that may become objects, which takes the event loop's time and heap: no function
 * takes as many, and what is longer is data, whose bytes go to the engine or to a text's thread as they came.
 */
const MOST_OBJECTS = 2 ** 18;

export class Serving {
  readonly #limits: DecodeOptions;
  /** Objects that the request has become. */
  #objects = 0;
  #kind: MessageKind = ASYNC;
  #muted = false;

  constructor(
    private readonly server: ServerContext,
    private readonly user: User,
    private readonly client: Client,
    private readonly outgoing: Outgoing,
    private readonly waits: Waits,
    private readonly log: Logger,
  ) {
    this.#limits = {
      maxSize: server.options.maxMessage,
      depth: server.options.maxDepth,
      announce: (items) => {
        this.#objects += items;
        if (this.#objects > MOST_OBJECTS) throw kError.limit();
      },
    };
  }

  /** Of the request that is served. */
  get kind(): MessageKind {
    return this.#kind;
  }

  /** The connection is closed: nothing is answered any more. */
  mute(): void {
    this.#muted = true;
  }

  /**
   * Serves one message.
   * @returns a promise where it takes time; that rejects with a ProtocolError for a malformed message
   * @throws ProtocolError for a malformed message
   */
  serve(message: Uint8Array): Promise<void> | undefined {
    const { uncompress } = this.server.codec;
    if (uncompress === undefined || readHeader(message).compression === 0) return this.#servePlain(message);
    const plain = uncompress(message, this.server.options.maxMessage);
    return plain instanceof Promise ? plain.then((x) => this.#servePlain(x)) : this.#servePlain(plain);
  }

  #servePlain(message: Uint8Array): Promise<void> | undefined {
    this.#objects = 0;
    let kind: MessageKind;
    let value: K | KError;
    try {
      ({ kind, value } = decode(message, this.#limits));
    } catch (error) {
      if (error instanceof KError) return this.#failed(error, readHeader(message).kind);
      throw error;
    }
    if (kind === RESPONSE && this.waits.answered(value)) return undefined;
    if (kind === RESPONSE || value instanceof KError) {
      this.log.debug("response nobody asked for, ignored");
      return undefined;
    }
    this.#kind = kind;
    this.server.users.touch(this.user);
    let answer: Reply | Promise<Reply>;
    try {
      answer = this.server.dispatcher.request(value, this.client);
    } catch (error) {
      return this.#failed(error, kind);
    }
    if (!(answer instanceof Promise)) return this.#answer(answer, kind);
    return answer.then(
      (result) => this.#answer(result, kind),
      (error) => this.#failed(error, kind),
    );
  }

  #answer(value: Reply, kind: MessageKind): Promise<void> | undefined {
    const drop = (): void => {
      if (value instanceof Parcel) value.drop();
    };
    if (kind !== SYNC || this.#muted) {
      drop();
      return undefined;
    }
    try {
      if (!(value instanceof Parcel)) return this.outgoing.send(value, RESPONSE);
      this.outgoing.sendParcel(value, RESPONSE);
      return undefined;
    } catch (error) {
      drop();
      return this.#failed(error, kind);
    }
  }

  /** Answers a synchronous request by its error; an asynchronous one's error stays in the log. */
  #failed(thrown: unknown, kind: MessageKind): Promise<void> | undefined {
    const text = thrown instanceof ProtocolError ? `${thrown.code}: ${thrown.message}` : undefined;
    const error = answerable(text === undefined ? thrown : new KError(text));
    if (!error.foreseen) this.log.error({ err: thrown }, "a call failed");
    else if (kind === ASYNC) this.log.warn({ error: error.text }, "an asynchronous request failed");
    else this.log.debug({ error: error.text }, "a request failed");
    if (kind !== SYNC || this.#muted) return undefined;
    return this.outgoing.send(new KError(error.text), RESPONSE);
  }
}
