/** A small server to test the client against: what it says is built by the tests' own builder. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, type ListenOptions, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";

export interface Fake {
  readonly port: number;
  /** what clients have sent, handshakes included, in order of connection */
  readonly received: Buffer[];
  readonly sockets: Socket[];
  close(): Promise<void>;
}

export interface Script {
  /** the answer to a handshake; nothing means close */
  readonly login?: Uint8Array | undefined;
  /** called with each chunk after the handshake */
  readonly onData?: (chunk: Buffer, socket: Socket, connection: number) => void;
  readonly listen?: ListenOptions;
  readonly tls?: TlsOptions;
}

export const CAPABLE = Uint8Array.of(3);

export async function fake({
  login,
  onData,
  listen = { port: 0, host: "127.0.0.1" },
  tls,
}: Script): Promise<Fake> {
  const received: Buffer[] = [];
  const sockets: Socket[] = [];
  const take = (socket: Socket) => {
    const connection = sockets.push(socket) - 1;
    received[connection] = Buffer.alloc(0);
    let open = false;
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      received[connection] = Buffer.concat([received[connection]!, chunk]);
      if (open) onData?.(chunk, socket, connection);
      else if (chunk.at(-1) === 0) {
        open = true;
        if (login === undefined) socket.end();
        else socket.write(login);
      }
    });
  };
  const server: Server = tls === undefined ? createServer(take) : createTlsServer(tls, take);
  server.listen(listen);
  await once(server, "listening");
  const address = server.address();
  return {
    port: typeof address === "object" ? (address as AddressInfo).port : 0,
    received,
    sockets,
    close: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
