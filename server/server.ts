/** Puts the parts of a server together and serves until it is closed. */
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Api } from "./api/index.js";
import type { Background } from "./calls/background.js";
import { type Language, NO_LANGUAGE } from "./calls/client.js";
import { MemoryLimit } from "./calls/memory.js";
import { Dispatcher } from "./calls/requests.js";
import { Turns } from "./calls/turns.js";
import { type User, Users } from "./calls/users.js";
import type { Codec } from "./engine/codec.js";
import type { CallbackQuestion } from "./engine/index.js";
import { bound, type Logger, makeLog } from "./log.js";
import { Access } from "./net/access.js";
import { isLocal, listen } from "./net/listener.js";
import { login } from "./net/login.js";
import { makeGate } from "./net/tls.js";
import { complete, type Options } from "./options.js";
import type { ServerContext } from "./session/serving.js";
import { Session } from "./session/session.js";

/** What a server is made of besides its wire; each has a stand-in, so that tests need no native code. */
export interface Components {
  readonly api: Api;
  /** Has callback modules of the engine ask this; `ask` says whether the question is this server's. @returns ends it */
  readonly onCallback?: (ask: (question: CallbackQuestion) => boolean) => () => void;
  /** Text requests; without it they are 'nyi. */
  readonly language?: Language;
  /** Frees what belongs to a user whose linger time is over; called in a turn of its own. */
  readonly freeUser?: (user: User) => void | Promise<void>;
  /** Gives a user's number, which nobody in the process had before. */
  readonly newUser?: () => number;
  /** Bytes that the process holds but can do without: they do not count against the memory limit. */
  readonly spareMemory?: () => number;
  /** What is to be logged, once a second. */
  readonly warnings?: () => readonly string[];
  readonly codec?: Codec;
  readonly log?: Logger;
  /** What goes on beside the requests. */
  readonly background?: Background;
}

export interface Running {
  /** The ports in the order of the options, the chosen ones for 0. */
  readonly ports: readonly number[];
  /** Where it listens, for people. */
  readonly names: readonly string[];
  /** Open connections whose user is known. */
  readonly sessions: number;
  /** Reads password file, certificate and key again; what cannot be read is logged and stays as it was. */
  reload(): void;
  /**
   * Takes no more connections, answers the requests that run, and closes.
   * @param grace milliseconds after which connections are closed in any case, by default the option's
   * @returns whether everything that ran has ended; false where a call goes on
   */
  close(grace?: number): Promise<boolean>;
}

/** Milliseconds. */
const SWEEP = 1000;
/** Milliseconds for the turn of a call whose answer has left to end. */
const LAST_TURN = 50;
const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * Starts a server.
 * @throws OptionError when an option, a file or an address cannot be used
 */
export async function start(given: Partial<Options>, parts: Components): Promise<Running> {
  const options = complete(given);
  const log = parts.log ?? makeLog(options.logLevel);
  const access = new Access(options.passwordFile);
  const turns = new Turns();
  const limit = options.callTimeout * 1000;

  const freeUser = async (user: User): Promise<void> => {
    try {
      await turns.take(() => parts.freeUser?.(user));
      log[user.name === options.healthUser ? "debug" : "info"]({ user: user.name }, "objects freed");
    } catch (error) {
      log.error({ user: user.name, err: error }, "objects not freed");
    }
  };
  const context: ServerContext = {
    options,
    log,
    codec: parts.codec ?? {},
    users: new Users(options.linger * 1000, (user) => void freeUser(user), undefined, parts.newUser),
    dispatcher: new Dispatcher(
      parts.api,
      parts.language ?? NO_LANGUAGE,
      turns,
      limit,
      new MemoryLimit(options.memory, () => process.memoryUsage.rss() - (parts.spareMemory?.() ?? 0)),
      options.callbackTimeout * 1000,
    ),
  };
  const forgetCallbacks = parts.onCallback?.((question) => context.dispatcher.callbacks.asked(question));

  if (parts.language !== undefined)
    parts.language.report = (users, why) => log.warn({ users, why: why.message }, "a text's thread ended");

  parts.background?.begin({ turns, users: context.users, log });

  const sockets = new Set<Socket>();
  const sessions = new Set<Session>();
  let closing = false;
  let emptied: () => void = () => {};

  /** Closes the connections that have no session: with no session left, all. */
  const dismissStrangers = (): void => {
    if (sessions.size === 0) for (const socket of sockets) socket.destroy();
  };
  const patience = Math.min(options.handshakeTimeout * 1000, LONGEST_TIMER);
  const greet = (socket: Socket): void => {
    const address = socket.remoteAddress ?? "unix";
    const local = isLocal(socket);
    const named = bound(log, { from: address });
    const isCheck = (user: string): boolean => local && user === options.healthUser;
    login(socket, access, options.maxHandshake, patience, named, isCheck, (name, capability, rest) => {
      if (closing) return void socket.destroy();
      const peer = { user: context.users.enter(name), capability, address, local, isCheck: isCheck(name) };
      const session = new Session(socket, rest, peer, context, (ended) => {
        sessions.delete(ended);
        if (closing) dismissStrangers();
      });
      sessions.add(session);
    });
  };
  const gate = makeGate(options.tls, patience, greet, (why, socket) => {
    log.warn({ from: socket.remoteAddress ?? "unix" }, why);
  });
  const listener = await listen(options, log, (socket) => {
    sockets.add(socket);
    socket.once("close", () => {
      sockets.delete(socket);
      if (sockets.size === 0) emptied();
    });
    // A Unix domain socket does not leave this machine, so it is plain in every mode.
    if (socket.remoteAddress === undefined) greet(socket);
    else gate.enter(socket);
  });

  const sweep = setInterval(() => {
    for (const session of sessions) session.sweep(SWEEP / 1000);
    context.users.sweep();
    for (const warning of parts.warnings?.() ?? []) log.warn({ warning }, "libtorch warns");
  }, SWEEP).unref();

  return {
    ports: listener.ports,
    names: listener.names,
    get sessions() {
      return sessions.size;
    },
    reload() {
      const files = [
        ...(options.passwordFile === undefined ? [] : [["password file", access] as const]),
        ...(options.tls === "off" ? [] : [["certificate and key", gate] as const]),
      ];
      if (files.length === 0) log.info("nothing to read again: no password file, no TLS");
      for (const [what, part] of files) {
        try {
          log.info({ what }, part.reload() ? "read again" : "read again: nothing has changed");
        } catch (error) {
          log.error({ what, why: (error as Error).message }, "not read again: stays as it was");
        }
      }
    },
    async close(grace = options.grace * 1000) {
      closing = true;
      listener.close();
      clearInterval(sweep);
      context.dispatcher.close();
      const empty = new Promise<void>((resolve) => {
        emptied = resolve;
        if (sockets.size === 0) resolve();
      });
      for (const session of sessions) session.close();
      dismissStrangers();
      const ended = Promise.race([parts.background?.end(), sleep(grace, undefined, { ref: false })]);
      const timer = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, grace);
      await empty;
      clearTimeout(timer);
      await ended;
      forgetCallbacks?.();
      await parts.language?.close?.();
      const idle = Promise.resolve(turns.take(() => true));
      return Promise.race([idle, sleep(LAST_TURN, false)]);
    },
  };
}
