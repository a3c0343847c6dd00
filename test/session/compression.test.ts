/** Which replies are compressed: q's rule, and the options that force or forbid it. */
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { compress, uncompress } from "../../protocol/compress.js";
import * as k from "../../protocol/make.js";
import { NO_LANGUAGE } from "../../server/calls/client.js";
import { Dispatcher } from "../../server/calls/requests.js";
import { Turns } from "../../server/calls/turns.js";
import { Users } from "../../server/calls/users.js";
import type { Codec } from "../../server/engine/codec.js";
import { makeLog } from "../../server/log.js";
import { type Compress, complete } from "../../server/options.js";
import { Session } from "../../server/session/session.js";
import { buildMessage } from "../protocol/builder.js";
import { slowCompress } from "../protocol/deflate.js";
import { apiOf, fn, Raw, response, type Served, SYNC, serve } from "../server/rig.js";

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
    dispatcher: new Dispatcher(apiOf(functions), NO_LANGUAGE, new Turns()),
  };
  const server = createServer((socket) => {
    new Session(
      socket,
      new Uint8Array(0),
      { user: users.enter("ann"), capability, address: "far away", local, isCheck: false },
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

describe("a codec that takes its time", () => {
  /** Even messages take long and become smaller, others are quick and stay plain. */
  const codec: Codec = {
    compress: async (message) => {
      if (message.length < 100) return undefined;
      await sleep(20);
      return compress(message);
    },
    uncompress: async (message, limit) => {
      await sleep(5);
      return uncompress(message, limit);
    },
  };
  let served: Served;
  before(async () => {
    const functions = new Map(
      [
        fn("get", () => k.bytes(EVEN)),
        fn("echo", (_, x) => x),
        fn("push", (call, x) => {
          call.push(k.bytes(EVEN));
          call.push(k.chars("small"));
          return x;
        }),
      ].map((x) => [x.name, x]),
    );
    served = await serve({ compress: "always" }, { api: apiOf(functions), codec });
  });
  after(() => served.server.close());

  it("replies keep their order", async () => {
    const raw = await Raw.login(served.port);
    for (const name of ["get", "echo", "get", "echo"]) raw.send(k.symbols([name, "x"]));
    const compressed: number[] = [];
    for (let i = 0; i < 4; i++) compressed.push(Buffer.from(await raw.message(), "hex")[2]!);
    assert.deepEqual(compressed, [1, 0, 1, 0]);
    raw.socket.destroy();
  });

  it("messages to the client and replies keep their order", async () => {
    const raw = await Raw.login(served.port);
    raw.send(k.symbols(["push", "answer"]));
    const seen: string[] = [];
    for (let i = 0; i < 3; i++) seen.push((await raw.message()).slice(2, 6));
    assert.deepEqual(seen, ["0001", "0000", "0200"]); // large and compressed, small, the reply
    raw.socket.destroy();
  });

  it("compressed requests are served in order", async () => {
    const raw = await Raw.login(served.port);
    const text = "a".repeat(3000);
    raw.write(slowCompress(buildMessage(k.list([k.symbol("echo"), k.chars(text)]), SYNC))!);
    raw.send(k.symbols(["echo", "after"]));
    assert.equal(nodeq.deserialize(Buffer.from(await raw.message(), "hex")), text);
    assert.equal(await raw.message(), response(k.symbol("after")));
    raw.socket.destroy();
  });

  it("a broken compressed request closes its connection alone", async () => {
    const [bad, good] = [await Raw.login(served.port), await Raw.login(served.port)];
    const message = slowCompress(buildMessage(k.chars("a".repeat(3000)), SYNC))!;
    bad.write(message.fill(0xff, 13));
    await bad.end();
    assert.equal(bad.received.length, 0);
    good.send(k.symbols(["echo", "x"]));
    assert.equal(await good.message(), response(k.symbol("x")));
    good.socket.destroy();
  });
});
