/**
 * Reading a socket straight into memory of our choice, so that a large message is not copied together from chunks.
 * Node offers this for sockets that connect (`onread` of net.connect), not for those that a server accepts; so the
 * accepted socket's handle is given to a new socket, in the way of Node's cluster module.
 */
import { Socket, type SocketConstructorOpts } from "node:net";
import { TLSSocket } from "node:tls";

export interface Reader {
  /** Where the next bytes go. Asked for once before each read. */
  target(): Uint8Array;
  /** So many bytes were read into the last target. */
  filled(size: number): void;
}

/**
 * A socket in the place of an accepted one, which reads into the reader's targets and emits no data. The accepted one
 * stays as its shadow: each is destroyed with the other.
 * @param socket must have no bytes left to read
 * @returns undefined where it cannot be done: TLS, or another Node than those known
 */
export function readDirectly(socket: Socket, reader: Reader): Socket | undefined {
  const shadow = socket as unknown as { _handle?: { readStart?: unknown } | null };
  const handle = shadow._handle;
  if (socket instanceof TLSSocket || typeof handle?.readStart !== "function") return undefined;
  shadow._handle = null;
  const options = {
    handle,
    allowHalfOpen: true,
    onread: {
      buffer: () => reader.target(),
      callback: (size: number) => {
        reader.filled(size);
        return true;
      },
    },
  };
  const direct = new Socket(options as SocketConstructorOpts);
  direct.once("close", () => socket.destroy());
  socket.once("close", () => direct.destroy());
  return direct;
}
