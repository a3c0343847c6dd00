/** Slow, silent, greedy and numerous peers are cut off, and the others do not notice. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import * as k from "../../protocol/make.js";
import { KError } from "../../protocol/values.js";
import { MemoryLimit } from "../../server/calls/memory.js";
import type { Options, User } from "../../server/index.js";
import { buildMessage } from "../protocol/builder.js";
import {
  ASYNC,
  apiOf,
  ask,
  calls,
  eventually,
  fn,
  Raw,
  response,
  type Served,
  SYNC,
  serve,
} from "../server/rig.js";

async function withServer(options: Partial<Options>, test: (served: Served) => Promise<void>): Promise<void> {
  const served = await serve(options);
  try {
    await test(served);
  } finally {
    await served.server.close(100);
  }
}

const alive = async (served: Served): Promise<void> => {
  assert.equal(await ask(served.port, k.long(1), "good"), response(k.long(1)));
};

describe("limits", () => {
  it("a handshake that takes too long, byte by byte", () =>
    withServer({ handshakeTimeout: 0.1 }, async (served) => {
      const raw = await Raw.open(served.port);
      const dribble = setInterval(() => raw.write(Uint8Array.of(0x61)), 10);
      await raw.end();
      clearInterval(dribble);
      assert.equal(raw.received.length, 0);
      assert(served.messages().includes("no handshake in time"));
      await alive(served);
    }));

  it("the handshake's limit does not count afterwards", () =>
    withServer({ handshakeTimeout: 0.05 }, async (served) => {
      const raw = await Raw.login(served.port);
      await sleep(120);
      raw.send(k.long(2));
      assert.equal(await raw.message(), response(k.long(2)));
      raw.socket.destroy();
    }));

  it("a handshake that is too long", () =>
    withServer({ maxHandshake: 100 }, async (served) => {
      const raw = await Raw.open(served.port);
      for (let i = 0; i < 20; i++) raw.write(Buffer.alloc(10, "a"));
      await raw.end();
      await alive(served);
    }));

  it("a silent connection, where an idle limit is set", () =>
    withServer({ idleTimeout: 1 }, async (served) => {
      const [silent, busy] = [await Raw.login(served.port), await Raw.login(served.port)];
      const talk = setInterval(() => busy.send(k.long(1)), 100);
      await silent.end();
      clearInterval(talk);
      assert(!busy.ended);
      busy.socket.destroy();
    }));

  it("more connections than allowed in all", () =>
    withServer({ maxConnections: 2 }, async (served) => {
      const [a, b] = [await Raw.login(served.port), await Raw.open(served.port)];
      const third = await Raw.open(served.port);
      await third.end();
      assert.equal(third.received.length, 0);
      a.send(k.long(1));
      assert.equal(await a.message(), response(k.long(1)));
      for (const raw of [a, b]) raw.socket.destroy();
      await eventually(() => served.server.sessions === 0);
      await sleep(20);
      await alive(served);
    }));

  it("a message larger than allowed is refused by its header, before it is there", () =>
    withServer({ maxMessage: 1000 }, async (served) => {
      const raw = await Raw.login(served.port);
      raw.write(Uint8Array.from([1, 1, 0, 0, 0xe9, 3, 0, 0])); // 1001
      await raw.end();
      const fits = await Raw.login(served.port);
      fits.send(k.bytes(new Uint8Array(1000 - 14)));
      await fits.message();
      fits.socket.destroy();
    }));

  it("what a compressed message becomes is limited too", () =>
    withServer({ maxMessage: 10_000 }, async (served) => {
      const raw = await Raw.login(served.port);
      const claim = Buffer.alloc(200);
      claim.set([1, 1, 1, 0, 200, 0, 0, 0, 0x11, 0x27, 0, 0]); // 10,001
      raw.write(claim);
      await raw.end();
      assert.equal(raw.received.length, 0);
    }));

  it("a thousand announced messages of a gigabyte cost no memory", () =>
    withServer({}, async (served) => {
      const before = process.memoryUsage().rss;
      const raws: Raw[] = [];
      for (let i = 0; i < 100; i++) {
        const raw = await Raw.login(served.port);
        raw.write(Uint8Array.from([1, 1, 0, 0, 0, 0, 0, 0x40, 4, 0, 0xf0, 0xff, 0xff, 0x3f, 1, 2, 3]));
        raws.push(raw);
      }
      await alive(served);
      assert(process.memoryUsage().rss - before < 100 * 2 ** 20);
      for (const raw of raws) raw.socket.destroy();
    }));

  it("a peer that reads nothing: its requests wait, then it is cut off; others are served all the while", async () => {
    const made: number[] = [];
    const functions = new Map(
      [
        fn("make", () => {
          made.push(1);
          return k.bytes(new Uint8Array(2 ** 20));
        }),
      ].map((x) => [x.name, x]),
    );
    const served = await serve({ maxPending: 2 ** 22, writeTimeout: 1 }, { api: apiOf(functions) });
    const greedy = await Raw.login(served.port, "greedy");
    greedy.socket.pause();
    const request = buildMessage(k.symbols(["make", "x"]), SYNC);
    greedy.write(Buffer.concat(Array.from({ length: 500 }, () => request)));
    await eventually(() => made.length > 4);
    await alive(served);
    await eventually(() => served.messages().includes("cut off"), 10_000);
    // what fits the operating system's buffers besides the 4 MB that may wait
    assert(made.length < 50, `${made.length} MB made for a peer that reads none`);
    await alive(served);
    greedy.socket.destroy();
    await served.server.close(100);
  });

  it("a peer that reads slowly gets everything", () =>
    withServer({ maxPending: 2 ** 20, writeTimeout: 1 }, async (served) => {
      const slow = await Raw.login(served.port);
      const size = 3_000_000;
      const request = buildMessage(k.list([k.chars("big"), k.long(size)]), SYNC);
      slow.write(Buffer.concat([request, request, request, request]));
      for (let i = 0; i < 4; i++) {
        slow.socket.pause();
        await sleep(400);
        slow.socket.resume();
        assert.equal((await slow.read(size + 14)).readUInt32LE(4), size + 14);
      }
      slow.socket.destroy();
    }));

  it("a subscriber that reads nothing is cut off when too much waits for it", async () => {
    let pushed = 0;
    const functions = new Map(
      [
        fn("flood", (call) => {
          while (pushed < 1000 && call.push(k.bytes(new Uint8Array(2 ** 20)))) pushed++;
          return k.NULL;
        }),
      ].map((x) => [x.name, x]),
    );
    const served = await serve({ maxPending: 2 ** 22 }, { api: apiOf(functions) });
    const raw = await Raw.login(served.port);
    raw.socket.pause();
    raw.send(k.symbols(["flood", "x"]), ASYNC);
    await eventually(() => served.messages().includes("cut off"));
    assert(pushed < 50, `${pushed} MB`);
    await alive(served);
    raw.socket.destroy();
    await served.server.close(100);
  });

  it("requests that wait for a slow one are bounded: the peer is read no further", () =>
    withServer({ maxQueued: 2 ** 16 }, async (served) => {
      calls.length = 0;
      const raw = await Raw.login(served.port);
      raw.send(k.list([k.chars("later"), k.chars("slow")]));
      const value = buildMessage(k.bytes(new Uint8Array(60_000)), ASYNC);
      for (let i = 0; i < 400; i++) raw.write(value);
      raw.send(k.long(5));
      await sleep(15);
      assert.deepEqual(calls, []);
      assert(raw.socket.writableLength > 0, "the peer could send 24 MB while its call was running");
      assert.equal(await raw.message(), response(k.chars("slow")));
      assert.equal(await raw.message(), response(k.long(5)));
      raw.socket.destroy();
    }));

  it("a flood of requests from one connection does not starve another", () =>
    withServer({}, async (served) => {
      const flood = await Raw.login(served.port, "flood");
      const request = buildMessage(k.list([k.chars("echo"), k.long(1)]), SYNC);
      const block = Buffer.concat(Array.from({ length: 5000 }, () => request));
      flood.socket.on("data", () => {
        flood.packets.length = 0;
      });
      for (let i = 0; i < 20; i++) flood.write(block);
      const begin = performance.now();
      await alive(served);
      assert(performance.now() - begin < 1000);
      flood.socket.destroy();
    }));
});

describe("-w", () => {
  it("beyond the limit calls end with 'wsfull, but what frees memory is still called", async () => {
    const functions = new Map(["make", "free"].map((name) => [name, fn(name, (_, x) => x)]));
    const served = await serve({ memory: 2 ** 20 }, { api: apiOf(functions) }); // less than the process has
    assert.equal(await ask(served.port, k.symbols(["make", "x"])), response(new KError("wsfull")));
    assert.equal(await ask(served.port, k.symbols(["free", "x"])), response(k.symbol("x")));
    await served.server.close();
    const roomy = await serve({ memory: 2 ** 40 }, { api: apiOf(functions) });
    assert.equal(await ask(roomy.port, k.symbols(["make", "x"])), response(k.symbol("x")));
    await roomy.server.close();
  });

  it("memory is looked at now and then, not at each call", () => {
    let [clock, looks] = [0, 0];
    const limit = new MemoryLimit(
      100,
      () => 50 + clock + 0 * ++looks,
      () => clock,
    );
    for (let i = 0; i < 1000; i++) assert.equal(limit.full, false);
    assert.equal(looks, 1);
    clock = 60;
    assert.equal(limit.full, true);
  });
});

describe("linger", () => {
  it("a user's objects are freed after the last connection, in a turn of their own", async () => {
    const freed: User[] = [];
    const served = await serve({ linger: 0 }, { freeUser: (user) => void freed.push(user) });
    const [one, two] = [await Raw.login(served.port, "ann"), await Raw.login(served.port, "ann")];
    one.send(k.symbols(["who", "x"]));
    await one.message();
    one.socket.destroy();
    await eventually(() => served.server.sessions === 1);
    assert.equal(freed.length, 0);
    two.socket.destroy();
    await eventually(() => freed.length === 1);
    assert.equal(freed[0]!.name, "ann");
    await served.server.close();
  });

  it("within the linger time a dropped connection finds its user again", async () => {
    const served = await serve({ linger: 100 });
    const who = k.symbols(["who", "x"]);
    const first = await ask(served.port, who, "ann");
    await eventually(() => served.server.sessions === 0);
    assert.equal(await ask(served.port, who, "ann"), first);
    await served.server.close();
  });
});
