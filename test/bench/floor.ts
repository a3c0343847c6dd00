/**
 * The floor, a program: a bare TCP server that reads, counts and drops bytes, and for every `REQUEST` of them writes
 * `REPLY` bytes that it holds ready. With small numbers an echo, with a large request a sink, with a large reply a
 * source.
 *
 *     node floor.js REQUEST REPLY [BYTES]     BYTES: what a reply is, in hexadecimal; ones otherwise
 */
import { type AddressInfo, createServer, type Socket } from "node:net";

const [request, reply] = process.argv.slice(2).map(Number) as [number, number];
/** Small replies to requests that came together leave together. */
const AHEAD = Math.max(1, Math.floor(65_536 / reply));
const bytes = process.argv[4];
const ready = Buffer.alloc(reply * AHEAD, bytes === undefined ? 1 : Buffer.from(bytes, "hex"));

function serve(socket: Socket): void {
  let loggedIn = false;
  let got = 0;
  socket.on("error", () => {});
  socket.on("data", (chunk) => {
    if (!loggedIn) {
      loggedIn = true;
      socket.write(Uint8Array.of(3));
      return;
    }
    got += chunk.length;
    let due = Math.floor(got / request);
    got -= due * request;
    for (; due > 0; due -= AHEAD) socket.write(ready.subarray(0, reply * Math.min(due, AHEAD)));
  });
}

const server = createServer({ noDelay: true }, serve);
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`floor: listening on 127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
