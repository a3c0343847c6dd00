/**
 * What a plant is to the feed's bench, on a thread of its own: whoever connects and asks is answered an empty schema, and
 * then sent the same bytes again and again, as fast as they are taken.
 */
import { createServer, type Socket } from "node:net";
import { parentPort, workerData } from "node:worker_threads";

const { answer, piece, pieces } = workerData as { answer: Uint8Array; piece: Uint8Array; pieces: number };

function send(socket: Socket, left: number): void {
  for (; left > 0; left--) {
    if (socket.write(piece)) continue;
    socket.once("drain", () => send(socket, left - 1));
    return;
  }
}

const server = createServer((socket) => {
  socket.on("error", () => undefined);
  socket.once("data", () => {
    socket.write(Uint8Array.of(3));
    socket.once("data", () => {
      socket.write(answer);
      send(socket, pieces);
    });
  });
});
server.listen(0, "127.0.0.1", () => parentPort!.postMessage((server.address() as { port: number }).port));
