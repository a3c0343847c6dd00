/**
 * A client that knows how many bytes come back and nothing else: it costs the same against the server and against a
 * floor, and as little as Node allows.
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { Atom, type K, List } from "../../protocol/values.js";

const READING = 256 * 1024;
/** A user without password, capability 3. */
const HELLO = Uint8Array.from([...Buffer.from("bench:"), 3, 0]);

export class Peer {
  readonly #socket: Socket;
  #took: (size: number, bytes: Uint8Array) => void = () => {};

  private constructor(port: number) {
    this.#socket = connect({
      port,
      host: "127.0.0.1",
      noDelay: true,
      onread: {
        buffer: new Uint8Array(READING),
        callback: (size, bytes) => {
          this.#took(size, bytes);
          return true;
        },
      },
    });
    this.#socket.on("error", (error) => {
      throw new Error(`the connection to port ${port} broke: ${error.message}`);
    });
  }

  /** Connects and logs in. */
  static async open(port: number): Promise<Peer> {
    const peer = new Peer(port);
    await once(peer.#socket, "connect");
    const answered = new Promise<void>((resolve) => {
      peer.#took = () => resolve();
    });
    peer.#socket.write(HELLO);
    await answered;
    return peer;
  }

  close(): Promise<unknown> {
    const closed = once(this.#socket, "close");
    this.#socket.destroy();
    return closed;
  }

  /** The whole reply to a request, whose length its header tells. */
  ask(request: Uint8Array): Promise<Buffer> {
    return new Promise((resolve) => {
      const chunks: Buffer[] = [];
      let got = 0;
      let total = Number.POSITIVE_INFINITY;
      this.#took = (size, bytes) => {
        chunks.push(Buffer.from(bytes.subarray(0, size)));
        got += size;
        if (total === Number.POSITIVE_INFINITY && got >= 8) {
          const head = Buffer.concat(chunks);
          total = head.readUInt32LE(4) + head[3]! * 2 ** 32;
        }
        if (got >= total) resolve(Buffer.concat(chunks));
      };
      this.#socket.write(request);
    });
  }

  /** Milliseconds from the request's first byte to the reply's last. */
  exchange(request: readonly Uint8Array[], reply: number): Promise<number> {
    return new Promise((resolve) => {
      let got = 0;
      const start = performance.now();
      this.#took = (size) => {
        got += size;
        if (got >= reply) resolve(performance.now() - start);
      };
      this.#socket.cork();
      for (const part of request) this.#socket.write(part);
      this.#socket.uncork();
    });
  }

  /** Microseconds of each of `count` round trips, one after the other. */
  roundTrips(request: Uint8Array, reply: number, count: number): Promise<Float64Array> {
    return new Promise((resolve) => {
      const times = new Float64Array(count);
      let i = 0;
      let got = 0;
      let start = performance.now();
      this.#took = (size) => {
        got += size;
        if (got < reply) return;
        const now = performance.now();
        times[i++] = (now - start) * 1000;
        if (i === count) {
          resolve(times);
          return;
        }
        got = 0;
        start = now;
        this.#socket.write(request);
      };
      this.#socket.write(request);
    });
  }

  /** Seconds that `count` requests take while `window` of them are always under way. */
  pipelined(request: Uint8Array, reply: number, count: number, window: number): Promise<number> {
    const many = Buffer.concat(new Array(window).fill(request));
    return new Promise((resolve) => {
      let bytes = 0;
      let sent = Math.min(window, count);
      let answered = 0;
      const start = performance.now();
      this.#took = (size) => {
        bytes += size;
        const whole = Math.floor(bytes / reply);
        if (whole === answered) return;
        const more = Math.min(whole - answered, count - sent);
        answered = whole;
        if (answered === count) resolve((performance.now() - start) / 1000);
        if (more === 0) return;
        sent += more;
        this.#socket.write(many.subarray(0, more * request.length));
      };
      this.#socket.write(many.subarray(0, sent * request.length));
    });
  }
}

/** The handle that a reply is. */
export function handleOf(reply: Buffer): K {
  // a list of one long atom: header, type, attribute, count, atom's type
  return new List(1, [new Atom(-7, reply.readBigInt64LE(8 + 6 + 1))]);
}

/** Seconds in which all the peers together have made `count` round trips each, every one waiting for its own. */
export async function together(
  peers: readonly Peer[],
  request: Uint8Array,
  reply: number,
  count: number,
): Promise<number> {
  const start = performance.now();
  await Promise.all(peers.map((peer) => peer.roundTrips(request, reply, count)));
  return (performance.now() - start) / 1000;
}
