/**
 * Reading a socket straight into memory of our choice, so that a large message is not copied together from chunks.
 * Node offers this for sockets that connect (`onread` of net.connect), not for those that a server accepts; so an
 * accepted socket's handle is given to a new socket, in the way of Node's cluster module.
 */
import { Socket, type SocketConstructorOpts } from "node:net";

/** What takes the bytes of a connection. */
export interface Reader {
  /** Where the next bytes are to be read into. Asked for once before each read. */
  target(): Uint8Array;
  /** So many bytes were read into the last target. */
  filled(size: number): void;
  /** Takes a chunk, whose bytes are the reader's from now on. */
  push(chunk: Uint8Array): void;
}

/** Enough for a handshake. */
const FIRST = 4096;

/** Between a socket and its reader. Until there is one, bytes go the way of any stream. */
class Tap {
  reader: Reader | undefined;
  #region: Uint8Array = new Uint8Array(0);
  #readers = false;

  next(): Uint8Array {
    this.#readers = this.reader !== undefined;
    this.#region = this.reader?.target() ?? new Uint8Array(Buffer.allocUnsafeSlow(FIRST).buffer);
    return this.#region;
  }

  /** @returns false where the stream is full for now */
  took(size: number, socket: Socket): boolean {
    if (this.#readers) this.reader!.filled(size);
    else if (this.reader !== undefined) this.reader.push(this.#region.subarray(0, size));
    else return socket.push(this.#region.subarray(0, size));
    return true;
  }
}

const taps = new WeakMap<Socket, Tap>();

/**
 * A socket in the place of an accepted one, for which `readBy` reads directly.
 * @param accepted fresh from the server; not to be used any more
 * @returns the accepted one itself where this Node's sockets are not as those known
 */
export function tapped(accepted: Socket): Socket {
  const inside = accepted as unknown as { _handle?: { useUserBuffer?: unknown } | null };
  const handle = inside._handle;
  if (typeof handle?.useUserBuffer !== "function") return accepted;
  inside._handle = null;
  const tap = new Tap();
  const onread = { buffer: () => tap.next(), callback: (size: number) => tap.took(size, socket) };
  const options = { handle, allowHalfOpen: true, onread };
  const socket: Socket = new Socket(options as SocketConstructorOpts);
  taps.set(socket, tap);
  return socket;
}

/** From now on the reader takes what arrives: directly on a tapped socket, else by chunks. */
export function readBy(socket: Socket, reader: Reader): void {
  const buffered = socket.read() as Buffer | null;
  if (buffered !== null) reader.push(buffered);
  const tap = taps.get(socket);
  if (tap !== undefined) tap.reader = reader;
  else socket.on("data", (chunk: Buffer) => reader.push(chunk));
}
