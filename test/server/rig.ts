/** A server with made-up functions, and a client that knows bytes alone. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import * as k from "../../protocol/make.js";
import { type K, KError } from "../../protocol/values.js";
import { type ApiFunction, type Call, defaultSettings } from "../../server/api/call.js";
import type { Api } from "../../server/api/index.js";
import type { Engine } from "../../server/engine/index.js";
import { type Components, type Options, type Running, start } from "../../server/index.js";
import { makeLog } from "../../server/log.js";
import { buildMessage } from "../protocol/builder.js";

export const ASYNC = 0;
export const SYNC = 1;
export const RESPONSE = 2;

export const hex = (bytes: ArrayLike<number>): string => Buffer.from(Uint8Array.from(bytes)).toString("hex");
export const bytes = (text: string): Uint8Array =>
  Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ""), "hex"));

export const fn = (
  name: string,
  run: (call: Call, ...args: K[]) => K | Promise<K>,
  rank: 1 | 2 = 1,
): ApiFunction => ({ name, rank, page: "test", run });

/** A k api of functions that need no engine. */
export const apiOf = (functions: ReadonlyMap<string, ApiFunction>): Api => ({
  functions,
  settings: defaultSettings(),
  bind: (user) => ({ user }) as unknown as Engine,
});

/** What was called, in order, by functions that say so. */
export const calls: string[] = [];

const FUNCTIONS: readonly ApiFunction[] = [
  fn("echo", (_, x) => x),
  fn("e", (_, x) => x),
  fn("pair", (_, x, y) => k.list([x, y!]), 2),
  fn("note", (_, x) => {
    calls.push(k.text(x) ?? "?");
    return k.NULL;
  }),
  fn("later", async (_, x) => {
    await sleep(30);
    calls.push(`later ${k.text(x) ?? "?"}`);
    return x;
  }),
  fn("who", (call) =>
    k.list([k.long((call.engine as unknown as { user: number }).user), k.symbol(call.userName)]),
  ),
  fn("fail", () => {
    throw new KError("stale pointer");
  }),
  fn("failLater", async () => {
    await sleep(5);
    throw new KError("late trouble");
  }),
  fn("crash", () => {
    throw new Error("size mismatch, got 3\nException raised from mm at secret.cpp:12");
  }),
  fn("big", (_, x) => k.bytes(new Uint8Array(Number((x as { value?: unknown }).value)))),
  fn("foreign", () => ({ type: 112 }) as unknown as K),
];

export interface Served {
  readonly server: Running;
  readonly port: number;
  /** The log's lines, parsed. */
  readonly log: Record<string, unknown>[];
  /** The messages of the log's lines. */
  messages(): string[];
}

/** Starts a server on a free port, without its Unix domain socket unless asked for. */
export async function serve(
  options: Partial<Options> = {},
  parts: Partial<Components> = {},
): Promise<Served> {
  const log: Record<string, unknown>[] = [];
  const stream = { write: (line: string) => void log.push(JSON.parse(line) as Record<string, unknown>) };
  const functions = new Map(FUNCTIONS.map((x) => [x.name, x]));
  const server = await start(
    { addresses: [{ port: 0 }], unix: false, ...options },
    { api: apiOf(functions), log: makeLog("debug", stream), ...parts },
  );
  return { server, port: server.ports[0]!, log, messages: () => log.map((x) => String(x.msg)) };
}

/** A connection that sees each packet as it comes. */
export class Raw {
  readonly packets: Buffer[] = [];
  closed = false;
  ended = false;
  #changed: () => void = () => {};

  constructor(readonly socket: Socket) {
    socket.on("data", (chunk: Buffer) => {
      this.packets.push(chunk);
      this.#changed();
    });
    socket.on("end", () => {
      this.ended = true;
      this.#changed();
    });
    socket.on("close", () => {
      this.closed = true;
      this.#changed();
    });
    socket.on("error", () => {});
  }

  /** Connects without a handshake. */
  static async open(where: number | string): Promise<Raw> {
    const target = typeof where === "number" ? { port: where, host: "127.0.0.1" } : { path: where };
    const socket = connect({ ...target, noDelay: true, allowHalfOpen: true });
    await once(socket, "connect");
    return new Raw(socket);
  }

  /** Connects and logs in, with capability 3. */
  static async login(where: number | string, user = "ann:secret"): Promise<Raw> {
    const raw = await Raw.open(where);
    raw.write(Buffer.concat([Buffer.from(user), Uint8Array.of(3, 0)]));
    await raw.read(1);
    return raw;
  }

  get received(): Buffer {
    return Buffer.concat(this.packets);
  }

  write(data: Uint8Array): void {
    this.socket.write(data);
  }

  send(value: K, kind = SYNC): void {
    this.write(buildMessage(value, kind));
  }

  /** The first `size` bytes that came, which are taken away. */
  async read(size: number): Promise<Buffer> {
    // Counted, not joined: a large reply comes in hundreds of packets.
    const come = (): number => this.packets.reduce((sum, packet) => sum + packet.length, 0);
    await this.until(() => come() >= size || this.ended || this.closed);
    const all = this.received;
    if (all.length < size) throw new Error(`${all.length} bytes came, not ${size}, then the end`);
    this.packets.length = 0;
    if (all.length > size) this.packets.push(all.subarray(size));
    return all.subarray(0, size);
  }

  /** The next whole message, as hexadecimal digits. */
  async message(): Promise<string> {
    const head = await this.read(8);
    return hex(Buffer.concat([head, await this.read(head.readUInt32LE(4) - 8)]));
  }

  /** The server has ended the connection. */
  async end(): Promise<void> {
    await this.until(() => this.ended || this.closed);
    this.socket.destroy();
  }

  async until(condition: () => boolean, milliseconds = 8000): Promise<void> {
    const stop = performance.now() + milliseconds;
    while (!condition()) {
      const left = stop - performance.now();
      if (left <= 0) throw new Error("waited in vain");
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#changed = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}

/** A response with this value, as hexadecimal digits. */
export const response = (value: K | KError): string => hex(buildMessage(value, RESPONSE));

/** Asks one question on a connection of its own. */
export async function ask(where: number | string, question: K, user?: string): Promise<string> {
  const raw = await Raw.login(where, user);
  raw.send(question);
  const reply = await raw.message();
  raw.socket.destroy();
  return reply;
}

/** Waits until something holds that no event tells. */
export async function eventually(condition: () => boolean, milliseconds = 5000): Promise<void> {
  const stop = performance.now() + milliseconds;
  while (!condition()) {
    if (performance.now() > stop) throw new Error("waited in vain");
    await sleep(5);
  }
}
