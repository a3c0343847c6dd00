/** A client for any kdb+ port: requests with promises, in order, over TCP, TLS or a Unix socket. */
import { type DecodeOptions, decode } from "./decode.js";
import { type Dialled, type DialOptions, dial } from "./dial.js";
import { encodeParts } from "./encode.js";
import { ConnectionError } from "./errors.js";
import { Framer } from "./framer.js";
import { ASYNC, type MessageKind, RESPONSE, SYNC } from "./header.js";
import * as k from "./make.js";
import { type K, KError } from "./values.js";

export interface ConnectOptions extends DialOptions {
  /** milliseconds that each request may take unless it says otherwise; default no limit */
  readonly requestTimeout?: number;
  /** connect again after a loss; requests made meanwhile wait for it */
  readonly reconnect?: boolean;
  /** milliseconds before the first attempt to reconnect, doubled up to 30 s; default 100 */
  readonly reconnectDelay?: number;
  /** bytes that a message may have, on the wire and inflated; default 2^31 - 1 */
  readonly maxMessage?: number;
  /** limits while decoding */
  readonly decode?: DecodeOptions;
  /** takes what the server sends unasked, such as a tickerplant's updates */
  readonly onMessage?: (value: K) => void;
  /** told when the connection is lost; without a reason after `close` */
  readonly onClose?: (reason?: ConnectionError) => void;
  /** told when a lost connection is there again: the place to subscribe anew */
  readonly onReconnect?: () => void;
}

export interface RequestOptions {
  /** milliseconds until the promise is rejected; the connection goes on, and a late answer is dropped */
  readonly timeout?: number;
}

/** Connects and logs in. @throws ConnectionError hop, access or timeout */
export async function connect(options: ConnectOptions): Promise<Client> {
  return new Client(options, await dial(options));
}

/** A request whose answer is awaited. */
interface Pending {
  settled: boolean;
  resolve(value: K): void;
  reject(reason: Error): void;
}

/** What waits for a connection. */
interface Waiting {
  run(): void;
  reject(reason: Error): void;
}

const FIRST_DELAY = 100;
const LONGEST_DELAY = 30_000;
/** Milliseconds that the server has to close its side after we closed ours. */
const CLOSING = 1000;

export class Client {
  /** May be set at any time, as may the other two. */
  onMessage: ((value: K) => void) | undefined;
  onClose: ((reason?: ConnectionError) => void) | undefined;
  onReconnect: (() => void) | undefined;
  readonly #options: ConnectOptions;
  #connection: Dialled | undefined;
  /** requests on the wire, in order: answers carry no number */
  #pending: Pending[] = [];
  #waiting: Waiting[] = [];
  #closed = false;
  #retry: NodeJS.Timeout | undefined;

  /** Made by `connect`. */
  constructor(options: ConnectOptions, connection: Dialled) {
    this.#options = options;
    this.onMessage = options.onMessage;
    this.onClose = options.onClose;
    this.onReconnect = options.onReconnect;
    this.#attach(connection);
  }

  /** What both sides can take; 0 while there is no connection. */
  get capability(): number {
    return this.#connection?.capability ?? 0;
  }

  /** Calls a function by name: `call("f", x, y)` is f[x;y], `call("f")` is f[]. */
  call(name: string, ...args: readonly K[]): Promise<K> {
    return this.request(k.list([k.symbol(name), ...(args.length === 0 ? [k.NULL] : args)]));
  }

  /**
   * Sends a sync request; text is evaluated by the server. Requests need not wait for each other.
   * @throws KError the server's error; ConnectionError closed, timeout or protocol; ProtocolError when the value
   *   cannot be sent
   */
  request(x: K | string, options: RequestOptions = {}): Promise<K> {
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      const settle = <T>(act: (x: T) => void) => {
        return (result: T) => {
          clearTimeout(timer);
          pending.settled = true;
          act(result);
        };
      };
      const pending: Pending = { settled: false, resolve: settle(resolve), reject: settle(reject) };
      const timeout = options.timeout ?? this.#options.requestTimeout;
      if (timeout !== undefined) {
        timer = setTimeout(
          () => pending.reject(new ConnectionError("timeout", `no answer within ${timeout} ms`)),
          timeout,
        );
      }
      this.#whenConnected({
        run: () => {
          if (pending.settled) return;
          this.#write(asK(x), SYNC);
          this.#pending.push(pending);
        },
        reject: pending.reject,
      });
    });
  }

  /** Sends an async message, which has no answer; resolves once it has been handed to the system. */
  send(x: K | string): Promise<void> {
    return new Promise((resolve, reject) => {
      const run = () => this.#write(asK(x), ASYNC, (error) => (error ? reject(lost(error)) : resolve()));
      this.#whenConnected({ run, reject });
    });
  }

  /** Closes the connection; requests without an answer are rejected. */
  close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#rejectAll(this.#waiting.splice(0), new ConnectionError("closed", "the client was closed"));
    const socket = this.#connection?.socket;
    if (socket === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      const force = setTimeout(() => socket.destroy(), CLOSING);
      socket.once("close", () => {
        clearTimeout(force);
        resolve();
      });
      socket.end();
    });
  }

  #whenConnected(action: Waiting): void {
    if (this.#closed || (this.#connection === undefined && !this.#options.reconnect)) {
      action.reject(new ConnectionError("closed", "not connected"));
    } else if (this.#connection === undefined) this.#waiting.push(action);
    else attempt(action);
  }

  #write(x: K | KError, kind: MessageKind, done?: (error?: Error | null) => void): void {
    const { socket, capability } = this.#connection!;
    const parts = encodeParts(x, kind, { capability });
    // one system call, so that the header never arrives without what follows it
    socket.cork();
    for (const [i, part] of parts.entries()) socket.write(part, i === parts.length - 1 ? done : undefined);
    socket.uncork();
  }

  #attach(connection: Dialled): void {
    this.#connection = connection;
    const { socket } = connection;
    const framer = new Framer(this.#options);
    let reason: ConnectionError | undefined;
    socket.on("error", (error) => {
      reason ??= lost(error);
    });
    socket.on("data", (chunk: Buffer) => {
      try {
        framer.push(chunk);
        for (let message = framer.next(); message !== undefined; message = framer.next()) this.#take(message);
      } catch (error) {
        reason = new ConnectionError("protocol", (error as Error).message, { cause: error });
        socket.destroy();
      }
    });
    socket.once("close", () =>
      this.#lose(reason ?? new ConnectionError("closed", "the connection was closed")),
    );
    socket.resume();
  }

  #take(message: Uint8Array): void {
    const { maxMessage } = this.#options;
    const limits = maxMessage === undefined ? {} : { maxSize: maxMessage };
    const { kind, value } = decode(message, { ...limits, ...this.#options.decode });
    if (kind === RESPONSE) {
      const pending = this.#pending.shift();
      if (pending === undefined || pending.settled) return;
      if (value instanceof KError) pending.reject(value);
      else pending.resolve(value);
      return;
    }
    // a server that asks its client something would wait for ever
    if (kind === SYNC) this.#write(new KError("nyi"), RESPONSE);
    // in a turn of its own, so that an error thrown there is not taken for a broken message
    else queueMicrotask(() => this.onMessage?.(value as K));
  }

  #lose(reason: ConnectionError): void {
    this.#connection = undefined;
    this.#rejectAll(this.#pending.splice(0), reason);
    if (!this.#closed && this.#options.reconnect)
      this.#reconnect(this.#options.reconnectDelay ?? FIRST_DELAY);
    this.onClose?.(this.#closed ? undefined : reason);
  }

  #reconnect(delay: number): void {
    this.#retry = setTimeout(async () => {
      let connection: Dialled;
      try {
        connection = await dial(this.#options);
      } catch {
        if (!this.#closed) this.#reconnect(Math.min(2 * delay, LONGEST_DELAY));
        return;
      }
      if (this.#closed) {
        connection.socket.destroy();
        return;
      }
      this.#attach(connection);
      this.onReconnect?.();
      for (const action of this.#waiting.splice(0)) attempt(action);
    }, delay);
  }

  #rejectAll(those: readonly { reject(reason: Error): void }[], reason: Error): void {
    for (const one of those) one.reject(reason);
  }
}

const asK = (x: K | string): K => (typeof x === "string" ? k.chars(x) : x);

const lost = (cause: Error): ConnectionError => new ConnectionError("closed", cause.message, { cause });

/** Runs what a connection was needed for; a value that cannot be encoded is its own failure only. */
function attempt(action: Waiting): void {
  try {
    action.run();
  } catch (error) {
    action.reject(error as Error);
  }
}
