/** One peer of a plant: log-in, messages, and what it has not taken yet. */
import type { Socket } from "node:net";
import { decode } from "../../protocol/decode.js";
import { encode } from "../../protocol/encode.js";
import { Framer } from "../../protocol/framer.js";
import { answer, type Handshake, HandshakeReader } from "../../protocol/handshake.js";
import { RESPONSE, SYNC } from "../../protocol/header.js";
import { type K, KError } from "../../protocol/values.js";

/** What a plant does for its connections. */
export interface Host {
  admits(handshake: Handshake): boolean;
  /** Answers a request; an asynchronous one's answer goes nowhere. */
  take(request: K, from: Connection): K | Promise<K>;
  /** An asynchronous message could not be carried out. */
  refused(error: Error): void;
  gone(connection: Connection): void;
}

/** Symbols that a subscriber wants; undefined for all. */
export type Wanted = ReadonlySet<string> | undefined;

export class Connection {
  /** By table. */
  readonly wanted = new Map<string, Wanted>();
  readonly #socket: Socket;
  readonly #host: Host;
  readonly #framer = new Framer();
  #greeting: HandshakeReader | undefined = new HandshakeReader();
  /** The answer before: answers are sent in the order of requests. */
  #last: Promise<void> | undefined;

  constructor(socket: Socket, host: Host) {
    this.#socket = socket;
    this.#host = host;
    socket.setNoDelay(true);
    socket.on("error", () => undefined);
    socket.once("close", () => host.gone(this));
    socket.on("data", (chunk) => {
      try {
        this.#read(chunk);
      } catch {
        socket.destroy();
      }
    });
  }

  /** Bytes that the system has not taken yet: the plant's output queue. */
  get queued(): number {
    return this.#socket.writableLength;
  }

  send(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** Sends, and waits until the system has taken it all. @returns false where the peer is gone */
  sent(bytes: Uint8Array): Promise<boolean> {
    return new Promise((resolve) => this.#socket.write(bytes, (error) => resolve(error == null)));
  }

  drop(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    let bytes: Uint8Array = chunk;
    if (this.#greeting !== undefined) {
      const greeted = this.#greeting.push(bytes);
      if (greeted === undefined) return;
      this.#greeting = undefined;
      if (!this.#host.admits(greeted.handshake)) {
        this.#socket.end();
        return;
      }
      this.#socket.write(Uint8Array.of(answer(greeted.handshake.capability)));
      bytes = greeted.rest;
    }
    this.#framer.push(bytes);
    for (let message = this.#framer.next(); message !== undefined; message = this.#framer.next())
      this.#take(message);
  }

  #take(message: Uint8Array): void {
    const { kind, value } = decode(message);
    if (value instanceof KError) return;
    let result: K | KError | Promise<K>;
    try {
      result = this.#host.take(value, this);
    } catch (error) {
      result = error instanceof KError ? error : new KError((error as Error).message);
    }
    if (kind === SYNC) this.#answer(result);
    else if (result instanceof KError) this.#host.refused(result);
    else if (result instanceof Promise) result.catch((error: Error) => this.#host.refused(error));
  }

  #answer(result: K | KError | Promise<K>): void {
    if (!(result instanceof Promise) && this.#last === undefined) {
      this.send(encode(result, RESPONSE));
      return;
    }
    const before = this.#last;
    const answered = (async () => {
      const value = await Promise.resolve(result).catch((error: Error) => new KError(error.message));
      await before;
      this.send(encode(value, RESPONSE));
    })();
    answered.finally(() => {
      if (this.#last === answered) this.#last = undefined;
    });
    this.#last = answered;
  }
}
