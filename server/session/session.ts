/**
 * One connection whose user is known: requests in, in order, one after the other; a reply for each synchronous one,
 * none for an asynchronous one. A request that ends at once is decoded, run, encoded and written within the socket's
 * own callback.
 */
import type { Socket } from "node:net";
import { ProtocolError } from "../../protocol/errors.js";
import { ASYNC, type MessageKind, RESPONSE, readHeader, SYNC } from "../../protocol/header.js";
import { type Encoded, type K, type KError, NULL } from "../../protocol/values.js";
import type { Client } from "../calls/client.js";
import type { Caller } from "../calls/running.js";
import type { User } from "../calls/users.js";
import { kError } from "../errors.js";
import { bound, type Logger } from "../log.js";
import { readBy } from "../net/direct.js";
import { Intake } from "./intake.js";
import { Outbox } from "./outbox.js";
import { Outgoing } from "./outgoing.js";
import { type ServerContext, Serving } from "./serving.js";
import { Waits } from "./waits.js";

/** Who is at the other end. */
export interface Peer {
  readonly user: User;
  /** What both sides can take, 0 to 6. */
  readonly capability: number;
  /** For the log. */
  readonly address: string;
  /** On this machine: replies are not compressed. */
  readonly local: boolean;
  /** The health check: its coming and going is not worth a line in the log. */
  readonly isCheck: boolean;
}

/** Milliseconds that the requests of one connection may run in a row before other connections are looked at. */
const IN_A_ROW = 10;
/** Requests between two looks at the clock. */
const LOOK = 16;

/** Milliseconds that an answer of the peer's, or one that was put off, is waited for where calls have no limit. */
const LONGEST_WAIT = 600_000;

/** Room for what comes until a connection that was cut off is closed. */
const LAST_WORDS = 4096;

/** The last session's `.z.w`; numbers below stand for what a q process has open itself. */
let lastHandle = 5;

/** A dotted IPv4 address as q's int; anything else is this machine's. */
function ipv4(address: string): number {
  const parts = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address)?.slice(1).map(Number) ?? [127, 0, 0, 1];
  return Buffer.from(parts).readInt32BE();
}

export class Session implements Caller {
  readonly handle = ++lastHandle;
  takesCalls = false;
  readonly #socket: Socket;
  readonly #server: ServerContext;
  readonly #peer: Peer;
  readonly #log: Logger;
  readonly #intake: Intake;
  readonly #outbox: Outbox;
  readonly #outgoing: Outgoing;
  readonly #client: Client;
  readonly #serving: Serving;
  /** A request has not ended, or the next one is due in a later tick. */
  #busy = false;
  #working = false;
  /** What is waited for until the next request is served, and its number. */
  #pause: Promise<void> | undefined;
  #pauses = 0;
  readonly #waits: Waits;
  /** Until an answer that was put off has left, no other synchronous request is served. */
  #owing: Promise<void> | undefined;
  /** The peer has said that it sends nothing more. */
  #ended = false;
  /** Nothing more is read or served. */
  #over = false;
  #closed = false;
  // what `sweep` measures, in seconds
  #quiet = 0;
  #stalled = 0;
  #taken = 0;

  /**
   * @param socket must be paused
   * @param rest what came after the handshake
   * @param onClose called once, when the connection has ended
   */
  constructor(
    socket: Socket,
    rest: Uint8Array,
    peer: Peer,
    server: ServerContext,
    onClose: (session: Session) => void,
  ) {
    this.#server = server;
    this.#peer = peer;
    this.#log = bound(server.log, { user: peer.user.name, from: peer.address });
    const level = peer.isCheck ? "debug" : "info";
    const { allocate } = server.codec;
    this.#intake = new Intake({ maxMessage: server.options.maxMessage, ...(allocate && { allocate }) });
    const { callTimeout } = server.options;
    this.#waits = new Waits(Number.isFinite(callTimeout) ? callTimeout * 1000 : LONGEST_WAIT);
    this.#client = server.dispatcher.session(this);
    this.#socket = socket;
    this.#outbox = new Outbox(socket, () => this.#work());
    const { capability, local } = peer;
    this.#outgoing = new Outgoing(this.#outbox, capability, local, server.options.compress, server.codec);
    this.#serving = new Serving(server, peer.user, this.#client, this.#outgoing, this.#waits, this.#log);
    socket.on("end", () => {
      this.#ended = true;
      this.#waits.silent();
      server.dispatcher.callbacks.silent(this.#client);
      this.#work();
    });
    socket.on("close", () => {
      this.#closed = true;
      this.#over = true;
      this.#serving.mute();
      this.#intake.clear();
      this.#waits.end();
      server.dispatcher.stop(this.#client);
      server.users.leave(peer.user);
      this.#log[level]("closed");
      onClose(this);
    });
    this.#log[level]({ capability: peer.capability }, "connected");
    if (rest.length > 0) this.#intake.push(rest);
    readBy(socket, {
      target: () => this.#target(),
      filled: (size) => {
        this.#intake.filled(size);
        this.#arrived();
      },
      push: (chunk) => {
        this.#intake.push(chunk);
        this.#arrived();
      },
    });
    // The peer may have closed its side since it was let in.
    this.#ended = socket.readableEnded;
    this.#work();
  }

  get user(): number {
    return this.#peer.user.id;
  }

  get userName(): string {
    return this.#peer.user.name;
  }

  get address(): number {
    return ipv4(this.#peer.address);
  }

  get takesParcels(): boolean {
    return this.#outgoing.plain;
  }

  /** The memory in which a large message is put together may not be there; nor can what comes be read past it. */
  #target(): Uint8Array {
    try {
      return this.#intake.target();
    } catch (error) {
      this.#log.warn({ why: (error as Error).message }, "a message does not fit");
      this.cut("no memory for its message");
      return new Uint8Array(LAST_WORDS);
    }
  }

  #arrived(): void {
    this.#quiet = 0;
    if (this.#over) this.#intake.clear();
    else if (this.#busy) {
      this.#listen();
      this.#throttle();
    } else this.#work();
  }

  /** @throws ProtocolError when the value cannot be sent to this peer */
  push(value: K | Encoded): boolean {
    return this.#sendUnasked(value, ASYNC);
  }

  #sendUnasked(value: K | Encoded, kind: MessageKind): boolean {
    if (this.#over) return false;
    if (this.#outgoing.pending > this.#server.options.maxPending) {
      this.cut("does not read what is sent to it");
      return false;
    }
    this.#outgoing.send(value, kind);
    return true;
  }

  /** As of `Caller`; a promise that rejects where the peer is gone, has said its last, or does not answer in time. */
  async ask(value: K | Encoded): Promise<K> {
    // of a text that did not live to see its answer
    if (this.#waits.asked) throw kError.nyi("a question to the session while it has not answered another");
    if (this.#ended || !this.#sendUnasked(value, SYNC)) throw kError.stop();
    return await this.#waits.ask();
  }

  async putOff(): Promise<K | Encoded> {
    if (this.#serving.kind !== SYNC) return NULL;
    const owed = this.#waits.putOff();
    if (this.#over) this.#waits.end();
    setImmediate(() => {
      if (this.#waits.owed !== owed) return;
      // as long as it is owed the request is being served, so that its pause is the one at hand
      this.#owing = this.#pause!.then(() => {
        this.#owing = undefined;
      });
      this.#goOn();
    });
    return await owed.promise;
  }

  respond(value: K | Encoded | KError): boolean {
    return this.#waits.respond(value);
  }

  /** Lets the running request end, answers it, and closes; the requests after it are not served. */
  close(): void {
    if (this.#over) return;
    this.#over = true;
    this.#intake.clear();
    this.#waits.end();
    this.#socket.pause();
    this.#closeWhenDone();
  }

  #closeWhenDone(): void {
    if (!this.#busy && this.#owing === undefined) this.#outbox.close();
  }

  /** Closes at once. */
  cut(why: string): void {
    if (this.#closed) return;
    this.#over = true;
    this.#log.warn({ why }, "cut off");
    this.#socket.destroy();
  }

  /** Closes a connection that is silent, or that takes nothing of what is sent to it, for too long. */
  sweep(seconds: number): void {
    const { idleTimeout, writeTimeout } = this.#server.options;
    const { pending, taken } = this.#outbox;
    this.#stalled = pending > 0 && taken === this.#taken ? this.#stalled + seconds : 0;
    this.#taken = taken;
    this.#quiet = this.#busy || this.#owing !== undefined || pending > 0 ? 0 : this.#quiet + seconds;
    if (this.#stalled >= writeTimeout) this.cut("does not read what is sent to it");
    else if (this.#quiet >= idleTimeout) this.cut("idle");
  }

  /** Serves what has arrived, then goes on when what takes time has ended. */
  #work(): void {
    if (this.#busy || this.#working) return;
    this.#working = true;
    this.#outbox.hold();
    try {
      const pause = this.#serveAll();
      if (pause !== undefined) this.#continueAfter(pause);
    } catch (error) {
      this.#malformed(error as Error);
    }
    this.#working = false;
    this.#outbox.release();
    if (!this.#over) this.#throttle();
    else this.#closeWhenDone();
  }

  /** Reads no further while too much waits to be served. */
  #throttle(): void {
    if (this.#intake.waiting > this.#server.options.maxQueued) this.#socket.pause();
    else if (this.#socket.isPaused()) this.#socket.resume();
  }

  /**
   * Serves requests until there is none, one takes time, the peer must read first, or it is the others' turn.
   * @returns what to wait for before serving goes on, if it must
   */
  #serveAll(): Promise<void> | undefined {
    let served = 0;
    let until = 0;
    while (!this.#over) {
      if (this.#outgoing.pending > this.#server.options.maxPending) return this.#outgoing.settling;
      const message = this.#intake.next();
      if (message === undefined) {
        this.#over = this.#ended;
        return undefined;
      }
      if (this.#owing !== undefined && readHeader(message).kind === SYNC) {
        this.#intake.keep(message, "first");
        return this.#owing;
      }
      const running = this.#serving.serve(message);
      if (running !== undefined) return running;
      if (++served % LOOK !== 0) continue;
      const now = performance.now();
      if (until === 0) until = now + IN_A_ROW;
      else if (now > until) return new Promise((resolve) => setImmediate(resolve));
    }
    return undefined;
  }

  /** While the peer is asked something, its answer is looked for behind the requests that wait. */
  #listen(): void {
    try {
      while (this.#waits.asked) {
        const message = this.#intake.nextBehind();
        if (message === undefined) return;
        if (readHeader(message).kind === RESPONSE)
          this.#serving.serve(message)?.catch((error: Error) => this.#malformed(error));
        else this.#intake.keep(message, "last");
      }
    } catch (error) {
      this.#malformed(error as Error);
    }
  }

  #continueAfter(pause: Promise<void>): void {
    this.#busy = true;
    const number = ++this.#pauses;
    this.#pause = pause
      .catch((error: Error) => this.#malformed(error))
      .then(() => {
        if (number === this.#pauses) this.#goOn();
        else setImmediate(() => this.#work());
      });
  }

  #goOn(): void {
    this.#pauses++;
    this.#busy = false;
    this.#work();
  }

  #malformed(error: Error): void {
    this.#over = true;
    this.#intake.clear();
    this.#waits.silent();
    if (error instanceof ProtocolError) this.#log.warn({ why: error.message }, "malformed message, closed");
    else this.#log.error({ err: error }, "closed");
  }
}
