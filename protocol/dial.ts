/** Making a connection and logging in, over TCP, TLS or a Unix socket. */
import { readFileSync } from "node:fs";
import { createConnection, isIP, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import { NEWEST } from "./encode.js";
import { ConnectionError } from "./errors.js";
import { buildHandshake } from "./handshake.js";

export interface DialOptions {
  /** default localhost */
  readonly host?: string;
  readonly port?: number;
  /** a Unix socket's path, instead of host and port; on Linux its abstract name is tried first */
  readonly path?: string;
  /** as `unix://5000` in q: the Unix socket of the process that listens on this port */
  readonly unix?: number;
  readonly user?: string;
  readonly password?: string;
  /** milliseconds for connecting and logging in together; default 10000 */
  readonly timeout?: number;
  /** true: TLS with kdb+'s environment variables; or Node's own options, which come on top of those */
  readonly tls?: boolean | ConnectionOptions;
  /** what we can take, 0 to 6; default 6 */
  readonly capability?: number;
}

export interface Dialled {
  /** paused; what came after the login is still in it */
  readonly socket: Socket;
  /** what both sides can take */
  readonly capability: number;
}

const DEFAULT_TIMEOUT = 10_000;

/** Names to try for a Unix socket, in order: kdb+ listens on an abstract name on Linux, on a file elsewhere. */
export function socketPaths(path: string): string[] {
  return process.platform === "linux" && !path.startsWith("\0") ? [`\0${path}`, path] : [path];
}

/** Where the kdb+ process that listens on TCP port `port` has its Unix socket (QUDSPATH, else /tmp). */
export const socketPath = (port: number): string => `${process.env.QUDSPATH || "/tmp"}/kx.${port}`;

/** @throws ConnectionError hop, access or timeout; ProtocolError when user or password cannot be sent */
export async function dial(options: DialOptions): Promise<Dialled> {
  const { user = "", password = "", capability = NEWEST, timeout = DEFAULT_TIMEOUT } = options;
  const hello = buildHandshake({ user, password, capability });
  const deadline = Date.now() + timeout;
  let failure: unknown;
  for (const open of openers(options)) {
    try {
      return await login(open(), hello, Math.max(1, deadline - Date.now()), timeout);
    } catch (error) {
      if (!(error instanceof ConnectionError && error.code === "hop")) throw error;
      failure = error;
    }
  }
  throw failure;
}

/** The ways to try, in order. */
function openers(options: DialOptions): (() => Socket)[] {
  const { host = "localhost", port, tls } = options;
  const path = options.path ?? (options.unix === undefined ? undefined : socketPath(options.unix));
  if (path !== undefined) return socketPaths(path).map((name) => () => createConnection({ path: name }));
  if (port === undefined) throw new TypeError("connect needs a port, a path or a unix port");
  if (!tls) return [() => createConnection({ host, port })];
  const own = tls === true ? {} : tls;
  // An address is no name to ask a server for (RFC 6066, section 3).
  const servername = isIP(host) === 0 ? { servername: host } : {};
  return [() => connectTls({ host, port, ...servername, ...environmentTls(), ...own })];
}

/** kdb+'s TLS settings: files named by SSL_..., or by KX_SSL_..., which wins. */
function environmentTls(): ConnectionOptions {
  const setting = (name: string) => process.env[`KX_${name}`] || process.env[name];
  const file = (name: string) => {
    const path = setting(name);
    return path ? readFileSync(path) : undefined;
  };
  const ca = file("SSL_CA_CERT_FILE");
  const cert = file("SSL_CERT_FILE");
  const key = file("SSL_KEY_FILE");
  return {
    ...(ca && { ca }),
    ...(cert && key && { cert, key }),
    rejectUnauthorized: setting("SSL_VERIFY_SERVER")?.toUpperCase() !== "NO",
  };
}

function login(socket: Socket, hello: Uint8Array, left: number, timeout: number): Promise<Dialled> {
  return new Promise((resolve, reject) => {
    let connected = false;
    const fail = (error: ConnectionError) => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(
      () => fail(new ConnectionError("timeout", `no answer within ${timeout} ms`)),
      left,
    );
    socket.setNoDelay(true);
    socket.once(isTls(socket) ? "secureConnect" : "connect", () => {
      connected = true;
      socket.write(hello);
    });
    // kept for the socket's life: an error after the login is followed by `close`
    socket.on("error", (cause) => {
      fail(new ConnectionError(connected ? "access" : "hop", cause.message, { cause }));
    });
    const closed = () => fail(new ConnectionError("access", "the server closed the connection at login"));
    socket.once("close", closed);
    const answered = (chunk: Buffer) => {
      clearTimeout(timer);
      socket.off("close", closed);
      socket.off("data", answered);
      socket.pause();
      if (chunk.length > 1) socket.unshift(chunk.subarray(1));
      resolve({ socket, capability: chunk[0]! });
    };
    socket.on("data", answered);
  });
}

const isTls = (socket: Socket): boolean => "encrypted" in socket;
