/**
 * The beginning of a connection: the handshake arrives, the user is let in by one byte that travels alone, or the
 * socket is closed without a word.
 */
import type { Socket } from "node:net";
import { answer, type Handshake, HandshakeReader } from "../../protocol/handshake.js";
import { bytesOf } from "../../protocol/text.js";
import type { Logger } from "../log.js";
import type { Access } from "./access.js";

/** Milliseconds. */
const HEAD_START = 2;

/** Called for a user who was let in; `rest` is what came after the handshake. */
export type OnLogin = (user: string, capability: number, rest: Uint8Array) => void;

/**
 * Reads a handshake from a socket and answers it. `onLogin` is called in a later tick than the one that wrote the
 * answer, with the socket paused.
 * @param max bytes that the handshake may have
 * @param patience milliseconds in which it must have come
 * @param log with the peer's address bound to it
 * @param isCheck whether a user of this name is this machine's health check
 */
export function login(
  socket: Socket,
  access: Access,
  max: number,
  patience: number,
  log: Logger,
  isCheck: (user: string) => boolean,
  onLogin: OnLogin,
): void {
  const reader = new HandshakeReader(max);
  const timer = setTimeout(() => {
    log.warn("no handshake in time");
    socket.destroy();
  }, patience);

  const done = (): void => {
    clearTimeout(timer);
    socket.removeListener("data", receive);
    socket.removeListener("end", end);
    socket.removeListener("close", done);
  };
  const end = (): void => {
    socket.destroy();
  };
  const refuse = (why: string, handshake?: Handshake): void => {
    // A check that was given no password learns from the refusal that the server lives; that is no news.
    const expected = handshake?.password === "" && isCheck(handshake.user);
    log[expected ? "debug" : "warn"](handshake === undefined ? {} : { user: handshake.user }, why);
    done();
    socket.destroySoon();
  };
  const receive = (chunk: Buffer): void => {
    let complete: { handshake: Handshake; rest: Uint8Array } | undefined;
    try {
      complete = reader.push(chunk);
    } catch (error) {
      refuse(`no handshake: ${(error as Error).message}`);
      return;
    }
    if (complete === undefined) return;
    const { handshake, rest } = complete;
    const { user } = handshake;
    if (!access.allows(bytesOf(user), bytesOf(handshake.password))) {
      refuse("access refused", handshake);
      return;
    }
    const capability = answer(handshake.capability);
    done();
    socket.pause();
    socket.write(Uint8Array.of(capability));
    const begin = (): void => {
      if (!socket.destroyed) onLogin(user, capability, rest);
    };
    // A client that did not wait for the answer gets a moment to read it before the first reply follows.
    if (rest.length > 0) setTimeout(() => setImmediate(begin), HEAD_START);
    else setImmediate(begin);
  };
  socket.on("data", receive);
  socket.on("end", end);
  socket.on("close", done);
  socket.resume(); // its first byte may have been looked at and put back
}
