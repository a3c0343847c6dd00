/** One connection to a plant: its messages where they lie, requests whose answers come in the stream's order. */
import type { Socket } from "node:net";
import { check } from "../../../protocol/check.js";
import { uncompress } from "../../../protocol/compress.js";
import { decode } from "../../../protocol/decode.js";
import { type DialOptions, dial } from "../../../protocol/dial.js";
import { encode } from "../../../protocol/encode.js";
import { ProtocolError } from "../../../protocol/errors.js";
import { Framer } from "../../../protocol/framer.js";
import { ASYNC, HEADER_SIZE, RESPONSE, SYNC } from "../../../protocol/header.js";
import * as k from "../../../protocol/make.js";
import { swapObject } from "../../../protocol/swap.js";
import { type K, KError } from "../../../protocol/values.js";
import { LONGEST_MESSAGE } from "./log.js";

export interface Heard {
  /** An asynchronous message: an object in little-endian bytes, not checked. */
  message(bytes: Uint8Array, start: number, end: number): void;
  /** All that came together has been told. */
  pause(bytes: number): void;
  /** The connection is gone, for this reason; never after `close`. */
  lost(why: string): void;
}

/** Called where the answer lies in the stream of messages. */
export type Answered = (answer: K | KError) => void;

/** Milliseconds that an answer may take: a plant that answers no more is as good as gone. */
const PATIENCE = 60_000;
/** Bytes that may wait for the plant to read them. */
const UNREAD = 2 ** 24;
/** Milliseconds after which the system asks a silent plant whether it is there. */
const SILENCE = 30_000;

export class Connection {
  readonly #socket: Socket;
  readonly #framer = new Framer({ maxMessage: LONGEST_MESSAGE });
  readonly #asked: Answered[] = [];
  #patience: NodeJS.Timeout | undefined;
  #closed = false;

  private constructor(
    socket: Socket,
    private readonly capability: number,
    private readonly heard: Heard,
  ) {
    this.#socket = socket;
    socket.setKeepAlive(true, SILENCE);
    socket.on("error", (error) => this.#end(error.message));
    socket.once("close", () => this.#end("the plant closed the connection"));
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    socket.resume();
  }

  /** @throws ConnectionError */
  static async open(address: DialOptions, heard: Heard): Promise<Connection> {
    const { socket, capability } = await dial(address);
    return new Connection(socket, capability, heard);
  }

  /** Sends a text; the answer comes after the messages before it. */
  ask(text: string, answered: Answered): void {
    this.#asked.push(answered);
    this.#socket.write(encode(k.chars(text), SYNC, { capability: this.capability }));
    this.#waitForAnswer();
  }

  /** @returns whether it was sent */
  send(message: Uint8Array): boolean {
    if (this.#closed || this.#socket.writableLength > UNREAD) return false;
    this.#socket.write(message);
    return true;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#patience);
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    const framer = this.#framer;
    try {
      // a plain array: a Buffer's own kind makes code that reads both slower
      framer.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length));
      while (!this.#closed && framer.advance()) this.#message(framer.bytes, framer.start, framer.end);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#end(`the plant's bytes are no messages: ${error.message}`);
    }
    if (!this.#closed) this.heard.pause(chunk.length);
  }

  #message(bytes: Uint8Array, start: number, end: number): void {
    const kind = bytes[start + 1]!;
    if (kind === ASYNC) {
      if (bytes[start] === 1 && bytes[start + 2] === 0) this.heard.message(bytes, start + HEADER_SIZE, end);
      else {
        const object = plain(bytes.subarray(start, end));
        this.heard.message(object, 0, object.length);
      }
      return;
    }
    const message = bytes.subarray(start, end);
    // who asks would wait for ever
    if (kind === SYNC) this.send(encode(new KError("nyi"), RESPONSE));
    else {
      const answered = this.#asked.shift();
      this.#waitForAnswer();
      answered?.(decode(message, { maxSize: LONGEST_MESSAGE }).value);
    }
  }

  #waitForAnswer(): void {
    clearTimeout(this.#patience);
    if (this.#asked.length > 0)
      this.#patience = setTimeout(
        () => this.#end(`the plant gave no answer in ${PATIENCE / 1000} seconds`),
        PATIENCE,
      );
  }

  #end(why: string): void {
    if (this.#closed) return;
    this.close();
    this.heard.lost(why);
  }
}

/** A message's object in little-endian bytes. @throws ProtocolError */
function plain(message: Uint8Array): Uint8Array {
  const whole = message[2] === 0 ? message : uncompress(message, LONGEST_MESSAGE);
  const object = whole.subarray(HEADER_SIZE);
  if (message[0] === 1) return object;
  check(object, 0, false);
  return swapObject(object);
}
