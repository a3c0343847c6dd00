/**
 * Where the server listens: TCP addresses, and for each port kdb+'s Unix domain socket. Connections beyond the limits
 * are closed before anything is read from them.
 */
import { unlinkSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OptionError } from "../errors.js";
import type { Logger } from "../log.js";
import type { Address, Options } from "../options.js";
import { tapped } from "./direct.js";

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1|::ffff:127(\.\d{1,3}){3})$/i;
const BACKLOG = 511;

export const isLoopback = (host: string): boolean => LOOPBACK.test(host);

/** Whether the other end of a socket is on this machine. */
export function isLocal({
  remoteAddress,
  localAddress,
}: Pick<Socket, "remoteAddress" | "localAddress">): boolean {
  // A Unix domain socket has no addresses.
  return remoteAddress === undefined || isLoopback(remoteAddress) || remoteAddress === localAddress;
}

/** @throws OptionError when the server would be open to other machines without anybody having said so */
export function checkExposure({ addresses, host, passwordFile, insecure }: Options): void {
  if (passwordFile !== undefined || insecure) return;
  for (const address of addresses) {
    const where = address.host ?? host;
    if (!isLoopback(where)) {
      throw new OptionError(
        `${where} can be reached from other machines: give a password file (-u FILE), or --insecure to let everybody in`,
      );
    }
  }
}

/**
 * The name of a port's Unix domain socket as kdb+ forms it: `kx.PORT` in the folder QUDSPATH, by default the system's
 * temporary one, in the abstract namespace on Linux. Undefined when QUDSPATH is empty, which is off.
 */
export function unixPath(port: number): string | undefined {
  const folder = process.env.QUDSPATH ?? tmpdir();
  if (folder === "") return undefined;
  const path = join(folder, `kx.${port}`);
  return process.platform === "linux" ? `\0${path}` : path;
}

type Countable = Pick<Socket, "remoteAddress" | "localAddress" | "once">;

/** Counts connections, in all and by address of other machines. */
export class Census {
  #all = 0;
  readonly #byAddress = new Map<string, number>();

  constructor(
    private readonly most: number,
    private readonly mostPerAddress: number,
  ) {}

  /** @returns why the connection must be refused, undefined when it is counted */
  admit(socket: Countable): string | undefined {
    if (this.#all >= this.most) return "too many connections";
    const address = isLocal(socket) ? undefined : socket.remoteAddress;
    if (address !== undefined) {
      const mine = this.#byAddress.get(address) ?? 0;
      if (mine >= this.mostPerAddress) return "too many connections from one address";
      this.#byAddress.set(address, mine + 1);
    }
    this.#all++;
    socket.once("close", () => this.#leave(address));
    return undefined;
  }

  #leave(address: string | undefined): void {
    this.#all--;
    if (address === undefined) return;
    const left = this.#byAddress.get(address)! - 1;
    if (left === 0) this.#byAddress.delete(address);
    else this.#byAddress.set(address, left);
  }
}

/** A server that listens. */
export interface Listener {
  /** Ports in the order of the addresses, the chosen ones for 0. */
  readonly ports: readonly number[];
  /** For people: `127.0.0.1:5020`. */
  readonly names: readonly string[];
  /** Takes no more connections; those that are open stay. */
  close(): void;
}

function listenOn(server: Server, where: { host: string; port: number } | { path: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ ...where, backlog: BACKLOG }, () => {
      server.removeListener("error", reject);
      resolve();
    });
  });
}

/**
 * Listens on every address of the options.
 * @param onConnection called with each admitted connection; the socket does not read yet
 * @throws OptionError when an address cannot be used; then none is listened on
 */
export async function listen(
  options: Options,
  log: Logger,
  onConnection: (socket: Socket) => void,
): Promise<Listener> {
  checkExposure(options);
  const census = new Census(options.maxConnections, options.maxPerAddress);
  const servers: Server[] = [];

  const accept = (accepted: Socket): void => {
    // What TLS is spoken over must be an ordinary stream.
    const socket = options.tls === "off" ? tapped(accepted) : accepted;
    const from = socket.remoteAddress ?? "unix";
    // Without a listener a peer's reset would end the process.
    socket.on("error", (error) => log.debug({ from, why: error.message }, "socket"));
    const refused = census.admit(socket);
    if (refused === undefined) onConnection(socket);
    else {
      log.warn({ from }, refused);
      socket.destroy();
    }
  };
  const make = (): Server => {
    const server = createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true }, accept);
    servers.push(server);
    return server;
  };
  const close = (): void => {
    for (const server of servers) server.close();
  };

  const tcp = async (address: Address): Promise<{ port: number; name: string }> => {
    const host = address.host ?? options.host;
    const server = make();
    try {
      await listenOn(server, { host, port: address.port });
    } catch (error) {
      throw new OptionError(`cannot listen on ${host}:${address.port}: ${(error as Error).message}`);
    }
    server.on("error", (error) => log.error({ err: error }, "listener"));
    const bound = server.address() as { address: string; port: number; family: string };
    const shown = bound.family === "IPv6" ? `[${bound.address}]` : bound.address;
    return { port: bound.port, name: `${shown}:${bound.port}` };
  };
  const unix = async (port: number): Promise<void> => {
    const path = unixPath(port);
    if (path === undefined) return;
    // The port is ours by now, so a file of this name is what a server that ended left behind.
    if (!path.startsWith("\0")) {
      try {
        unlinkSync(path);
      } catch {
        // there is none
      }
    }
    const server = make();
    try {
      await listenOn(server, { path });
      server.on("error", (error) => log.error({ err: error }, "listener"));
    } catch (error) {
      servers.splice(servers.indexOf(server), 1);
      log.warn({ path, why: (error as Error).message }, "no Unix domain socket");
    }
  };

  try {
    const bound: { port: number; name: string }[] = [];
    for (const address of options.addresses) bound.push(await tcp(address));
    if (options.unix) for (const { port } of bound) await unix(port);
    return { ports: bound.map((x) => x.port), names: bound.map((x) => x.name), close };
  } catch (error) {
    close();
    throw error;
  }
}
