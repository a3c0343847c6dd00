/** Which replies are compressed: q's rule, and the options that force or forbid it. */
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import * as k from "../../protocol/make.js";
import { Dispatcher, NO_LANGUAGE } from "../../server/dispatch.js";
import { makeLog } from "../../server/log.js";
import { type Compress, complete } from "../../server/options.js";
import { Session } from "../../server/session.js";
import { Turns } from "../../server/turns.js";
import { Users } from "../../server/users.js";
import { fn, Raw } from "./rig.js";

const nodeq = createRequire(import.meta.url)("node-q/lib/c.js") as { deserialize(b: Buffer): unknown };

const EVEN = new Uint8Array(5000);
const UNEVEN = Uint8Array.from(EVEN, (_, i) => (i * i * 2654435761) >>> 13);

/** What a session answers with to a peer of these properties. */
async function reply(
  data: Uint8Array,
  capability: number,
  local: boolean,
  wanted: Compress,
): Promise<Buffer> {
  const functions = new Map([["get", fn("get", () => k.bytes(data))]]);
  const users = new Users(0, () => {});
  const host = {
    options: complete({ compress: wanted }),
    log: makeLog("silent"),
    codec: {},
    users,
    dispatcher: new Dispatcher(functions, NO_LANGUAGE, new Turns()),
  };
  const server = createServer((socket) => {
    new Session(
      socket,
      new Uint8Array(0),
      { user: users.enter("ann"), capability, address: "far away", local },
      host,
      () => {},
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const raw = await Raw.open((server.address() as { port: number }).port);
  raw.send(k.symbols(["get", "x"]));
  const message = Buffer.from(await raw.message(), "hex");
  raw.socket.destroy();
  server.close();
  return message;
}

describe("compression of replies", () => {
  const CASES: readonly [
    what: string,
    data: Uint8Array,
    capability: number,
    local: boolean,
    Compress,
    yes: boolean,
  ][] = [
    ["a large even reply to another machine", EVEN, 3, false, "auto", true],
    ["the same to this machine", EVEN, 3, true, "auto", false],
    ["the same to a client that cannot", EVEN, 0, false, "auto", false],
    ["2000 bytes in all", new Uint8Array(2000 - 14), 3, false, "auto", false],
    ["2001 bytes in all", new Uint8Array(2001 - 14), 3, false, "auto", true],
    ["what does not become half", UNEVEN, 3, false, "auto", false],
    ["always, to this machine", EVEN, 3, true, "always", true],
    ["always, to a client that cannot", EVEN, 0, true, "always", false],
    ["never, to another machine", EVEN, 3, false, "never", false],
  ];
  for (const [what, data, capability, local, wanted, yes] of CASES) {
    it(`${what}: ${yes ? "compressed" : "plain"}`, async () => {
      const message = await reply(data, capability, local, wanted);
      assert.equal(message[2], yes ? 1 : 0);
      assert.equal(message.readUInt32LE(4), message.length);
      assert.deepEqual(Uint8Array.from(nodeq.deserialize(message) as number[]), data);
    });
  }
});
