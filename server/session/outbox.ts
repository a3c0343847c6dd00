/**
 * What is on its way to one peer. Replies made in the same tick leave in one write, large ones in slices, so that it
 * can be seen whether a peer takes them, and memory that has been written is let go.
 */
import type { Socket } from "node:net";
import type { Source } from "../engine/parcel.js";

/** Most bytes handed to the socket at a time. */
const SLICE = 2 ** 20;
/** So many bytes wait in the socket, where there are as many: while one slice is written the next is at hand. */
const AT_HAND = 2 * SLICE;
/** Up to this size, replies of one tick are copied into one piece. */
const JOINED = 2 ** 16;
/** Milliseconds that a reply may wait for those of other connections. */
const LONGEST_WAIT = 0.25;
/** Milliseconds without a reply after which the next one is by itself. */
const LULL = 0.1;

/**
 * Replies to all connections that were heard in the same turn of the event loop leave together at its end. A write that
 * has to wake the process at its other end takes several times as long as one to a process that is awake, and it would
 * wake it for one reply at a time. A reply after a lull leaves at once.
 */
class Departures {
  readonly #boxes: Outbox[] = [];
  #since = 0;
  #last = 0;

  add(box: Outbox): void {
    const now = performance.now();
    const lull = now - this.#last > LULL;
    this.#last = now;
    if (lull && this.#boxes.length === 0) {
      box.flush();
      return;
    }
    if (this.#boxes.push(box) === 1) {
      this.#since = now;
      setImmediate(this.#leave);
    } else if (now - this.#since > LONGEST_WAIT) this.#leave();
  }

  readonly #leave = (): void => {
    for (const box of this.#boxes.splice(0)) box.flush();
  };
}

const departures = new Departures();

export type Piece = Uint8Array | Source;
const isBytes = (part: Piece): part is Uint8Array => part instanceof Uint8Array;
const dropSources = (parts: readonly Piece[]): void => {
  for (const part of parts) if (!isBytes(part)) part.drop();
};

export class Outbox {
  readonly #socket: Socket;
  readonly #onRoom: () => void;
  /** Replies collected while held. */
  #held: Piece[] = [];
  #heldBytes = 0;
  #holding = false;
  /** What the socket has no room for yet; of the first, #begun bytes have been passed on. */
  readonly #waiting: Piece[] = [];
  #begun = 0;
  #waitingBytes = 0;
  #accepted = 0;
  #closing = false;

  /** @param onRoom called when everything that waited has been handed to the operating system */
  constructor(socket: Socket, onRoom: () => void) {
    this.#socket = socket;
    this.#onRoom = onRoom;
    socket.on("drain", () => {
      if (this.#waitingBytes === 0) this.#onRoom();
    });
    socket.on("close", () => dropSources(this.#waiting));
  }

  /** Bytes that the peer has not taken yet. */
  get pending(): number {
    return this.#heldBytes + this.#waitingBytes + this.#socket.writableLength;
  }

  /** Bytes that the operating system has taken since the beginning. */
  get taken(): number {
    return this.#accepted - this.pending;
  }

  /** Sends a message; its pieces must not change until they are written. */
  send(parts: readonly Piece[]): void {
    for (const part of parts) {
      this.#held.push(part);
      this.#heldBytes += part.length;
      this.#accepted += part.length;
    }
    if (!this.#holding || this.#heldBytes > JOINED) this.flush();
  }

  /** From now on messages are collected, until `release`; then they leave by the end of the event loop's turn. */
  hold(): void {
    this.#holding = true;
  }

  release(): void {
    this.#holding = false;
    if (this.#held.length > 0) departures.add(this);
  }

  /** Closes the connection once everything is written. Nothing can be sent after that. */
  close(): void {
    this.#closing = true;
    this.#holding = false;
    this.flush();
    this.#pump();
  }

  /** Hands what was collected to the socket. */
  flush(): void {
    const parts = this.#held;
    const bytes = this.#heldBytes;
    this.#held = [];
    this.#heldBytes = 0;
    if (bytes === 0) return;
    if (this.#socket.destroyed) {
      dropSources(parts);
      return;
    }
    if (this.#waitingBytes === 0 && bytes <= JOINED && parts.every(isBytes)) {
      this.#socket.write(parts.length === 1 ? parts[0]! : Buffer.concat(parts, bytes));
      return;
    }
    this.#waiting.push(...parts);
    this.#waitingBytes += bytes;
    this.#pump();
  }

  /** Hands slices to the socket while it has room, and again whenever it has written one. */
  readonly #pump = (): void => {
    const socket = this.#socket;
    if (this.#waitingBytes > 0 && !socket.destroyed) {
      socket.cork();
      while (this.#waiting.length > 0 && socket.writableLength < AT_HAND) if (!this.#pass()) break;
      socket.uncork();
    }
    if (this.#closing && this.#waitingBytes === 0) socket.destroySoon();
  };

  /** The message cannot be ended where its bytes cannot be had, and so the connection ends. */
  #next(source: Source): Uint8Array | undefined {
    try {
      return source.next(SLICE);
    } catch (error) {
      this.#socket.destroy(error as Error);
      return undefined;
    }
  }

  /** Passes the next slice on; false when it is not there yet. */
  #pass(): boolean {
    const socket = this.#socket;
    const part = this.#waiting[0]!;
    const slice = isBytes(part) ? part.subarray(this.#begun, this.#begun + SLICE) : this.#next(part);
    if (socket.destroyed) return false;
    if (slice === undefined) {
      (part as Source).whenReady(this.#pump);
      return false;
    }
    this.#begun += slice.length;
    this.#waitingBytes -= slice.length;
    if (this.#begun === part.length) {
      this.#waiting.shift();
      this.#begun = 0;
    }
    socket.write(slice, () => {
      if (!isBytes(part)) part.written(slice);
      this.#pump();
    });
    return true;
  }
}
