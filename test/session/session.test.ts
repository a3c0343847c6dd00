/** Order, packets, asynchronous messages, broken messages, and connections that end. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import * as k from "../../protocol/make.js";
import { type K, KError } from "../../protocol/values.js";
import type { Call } from "../../server/api/call.js";
import { buildMessage } from "../protocol/builder.js";
import {
  ASYNC,
  apiOf,
  ask,
  bytes,
  calls,
  eventually,
  fn,
  hex,
  Raw,
  RESPONSE,
  response,
  type Served,
  SYNC,
  serve,
} from "../server/rig.js";

const call = (name: string, x: string): K => k.list([k.chars(name), k.chars(x)]);
const join = (...parts: Uint8Array[]): Uint8Array => Buffer.concat(parts);
const request = (name: string, x: string, kind = SYNC): Uint8Array => buildMessage(call(name, x), kind);

describe("session", () => {
  let served: Served;
  before(async () => {
    served = await serve({ maxDepth: 20, maxMessage: 2 ** 20 });
  });
  after(() => served.server.close());
  beforeEach(() => {
    calls.length = 0;
  });

  it("a request that arrives byte by byte is one request", async () => {
    const raw = await Raw.login(served.port);
    for (const byte of request("echo", "slowly")) {
      raw.write(Uint8Array.of(byte));
      await sleep(1);
    }
    assert.equal(await raw.message(), response(k.chars("slowly")));
    raw.socket.destroy();
  });

  it("a request cut in two at every place is one request", async () => {
    const raw = await Raw.login(served.port);
    const whole = request("echo", "split");
    for (let at = 1; at < whole.length; at++) {
      raw.write(whole.subarray(0, at));
      await new Promise((resolve) => setImmediate(resolve));
      raw.write(whole.subarray(at));
      assert.equal(await raw.message(), response(k.chars("split")), `cut at ${at}`);
    }
    raw.socket.destroy();
  });

  it("many requests in one packet are answered each, in order", async () => {
    const raw = await Raw.login(served.port);
    const texts = Array.from({ length: 500 }, (_, i) => String(i));
    raw.write(join(...texts.map((text) => request("echo", text))));
    for (const text of texts) assert.equal(await raw.message(), response(k.chars(text)));
    raw.socket.destroy();
  });

  it("replies keep the order of the requests when some take time", async () => {
    const raw = await Raw.login(served.port);
    raw.write(
      join(request("later", "1"), request("echo", "2"), request("failLater", ""), request("echo", "4")),
    );
    const expected = [k.chars("1"), k.chars("2"), new KError("late trouble"), k.chars("4")];
    for (const value of expected) assert.equal(await raw.message(), response(value));
    raw.socket.destroy();
  });

  it("an asynchronous request is done before the synchronous one after it, and not answered", async () => {
    const raw = await Raw.login(served.port);
    raw.write(join(request("later", "a", ASYNC), request("note", "b", ASYNC), request("echo", "done")));
    assert.equal(await raw.message(), response(k.chars("done")));
    assert.deepEqual(calls, ["later a", "b"]);
    await sleep(20);
    assert.equal(raw.received.length, 0);
    raw.socket.destroy();
  });

  it("an asynchronous error is logged, not answered", async () => {
    const raw = await Raw.login(served.port);
    const before = served.log.length;
    raw.write(join(request("fail", "", ASYNC), request("failLater", "", ASYNC), request("echo", "x")));
    assert.equal(await raw.message(), response(k.chars("x")));
    const errors = served.log.slice(before).filter((x) => x.msg === "an asynchronous request failed");
    assert.deepEqual(
      errors.map((x) => x.error),
      ["stale pointer", "late trouble"],
    );
    raw.socket.destroy();
  });

  it("a response from the client is ignored", async () => {
    const raw = await Raw.login(served.port);
    raw.send(call("note", "never"), RESPONSE);
    raw.write(bytes("01020000 0e000000 80 6f6f707300")); // 'oops
    raw.send(call("echo", "x"));
    assert.equal(await raw.message(), response(k.chars("x")));
    assert.deepEqual(calls, []);
    raw.socket.destroy();
  });

  it("a slow request of one connection does not hold up text or values of another", async () => {
    const slow = await Raw.login(served.port, "ann");
    slow.send(call("later", "slow"));
    assert.equal(await ask(served.port, k.long(1), "bob"), response(k.long(1)));
    assert.deepEqual(calls, []);
    assert.equal(await slow.message(), response(k.chars("slow")));
    slow.socket.destroy();
  });

  it("functions of two connections take turns in the order of arrival", async () => {
    const [a, b] = [await Raw.login(served.port), await Raw.login(served.port)];
    a.send(call("later", "first"));
    await sleep(5);
    b.send(call("note", "second"));
    await b.message();
    assert.deepEqual(calls, ["later first", "second"]);
    for (const raw of [a, b]) raw.socket.destroy();
  });

  const MALFORMED: readonly [what: string, sent: string][] = [
    ["an unknown byte order", "05010000 0e000000 f50000000000"],
    ["an unknown kind of message", "01070000 0e000000 f50000000000"],
    ["a length below the header's", "01010000 08000000"],
    ["a length of zero", "01010000 00000000"],
    ["more than the limit", "01010000 00000002"],
    ["hundreds of gigabytes", "010100ff 00000000"],
    ["an unknown type", "01010000 0a000000 4d00"],
    ["a count beyond the message", "01010000 0e000000 0700ffffff7f"],
    ["a negative count", "01010000 0e000000 0700ffffffff"],
    ["an unended symbol", "01010000 0b000000 f56162"],
    ["bytes after the object", "01010000 12000000 f90100000000000000 00"],
    ["an error as a request", "01010000 0b000000 806100"],
    ["a bomb: 25 bytes that claim 1 GB", "01010100 19000000 00000040 00 000000000000000000000000"],
    ["a compressed message of nothing", "01010100 0c000000 10000000"],
  ];
  for (const [what, sent] of MALFORMED) {
    it(`closes on ${what}, after what came before; others live on`, async () => {
      const [bad, good] = [await Raw.login(served.port), await Raw.login(served.port)];
      bad.write(join(request("echo", "before"), bytes(sent), request("note", "after")));
      assert.equal(await bad.message(), response(k.chars("before")));
      await bad.end();
      assert.equal(bad.received.length, 0);
      assert.deepEqual(calls, []);
      assert.match(
        served
          .messages()
          .filter((x) => !/closed$|connected/.test(x) || /malformed/.test(x))
          .at(-1)!,
        /malformed message, closed/,
      );
      good.send(call("echo", "alive"));
      assert.equal(await good.message(), response(k.chars("alive")));
      good.socket.destroy();
    });
  }

  it("closes on nesting beyond the limit", async () => {
    let nested: K = k.long(1);
    for (let i = 0; i < 30; i++) nested = k.list([nested]);
    const raw = await Raw.login(served.port);
    raw.send(nested);
    await raw.end();
    assert.equal(raw.received.length, 0);
  });

  it("a client that has sent everything and closed its side still gets its answers", async () => {
    const raw = await Raw.login(served.port);
    raw.socket.end(join(request("later", "1"), request("echo", "2")));
    assert.equal(await raw.message(), response(k.chars("1")));
    assert.equal(await raw.message(), response(k.chars("2")));
    await raw.end();
  });

  it("asynchronous messages of a client that has gone are still done", async () => {
    const raw = await Raw.login(served.port);
    raw.socket.end(join(request("later", "1", ASYNC), request("note", "2", ASYNC)));
    await eventually(() => calls.length === 2);
    assert.deepEqual(calls, ["later 1", "2"]);
  });

  it("a client that vanishes while its call runs hurts nobody", async () => {
    const raw = await Raw.login(served.port);
    raw.write(join(request("later", "gone"), request("echo", "x"), request("echo", "y")));
    await sleep(5);
    raw.socket.resetAndDestroy();
    await eventually(() => calls.includes("later gone"));
    assert.equal(await ask(served.port, k.long(1)), response(k.long(1)));
  });

  it("a client that resets in the middle of a message hurts nobody", async () => {
    const raw = await Raw.login(served.port);
    raw.write(request("echo", "half a message").subarray(0, 20));
    await sleep(5);
    raw.socket.resetAndDestroy();
    assert.equal(await ask(served.port, k.long(1)), response(k.long(1)));
    await eventually(() => served.server.sessions === 0);
  });

  it("a large value arrives and leaves whole", async () => {
    const big = await serve();
    const size = (n: number): string => hex(new Uint8Array(Uint32Array.of(n).buffer));
    const data = new Uint8Array(9_000_001).map((_, i) => i * 7);
    const vector = `0400${size(data.length)}`;
    const raw = await Raw.login(big.port);
    raw.write(bytes(`01010000 ${size(8 + 6 + 6 + 6 + data.length)} 0000 02000000 f56563686f00 ${vector}`));
    raw.write(data);
    assert.equal(hex(await raw.read(14)), `01020000${size(14 + data.length)}${vector}`);
    assert(Buffer.from(data).equals(await raw.read(data.length)));
    raw.socket.destroy();
    await big.server.close();
  });
});

describe("messages to the client", () => {
  let served: Served;
  let last: Call;
  before(async () => {
    const functions = new Map(
      [
        fn("subscribe", (call, x) => {
          last = call;
          assert(call.push(k.chars("at once")));
          return x;
        }),
      ].map((x) => [x.name, x]),
    );
    served = await serve({}, { api: apiOf(functions) });
  });
  after(() => served.server.close());

  it("are asynchronous, come in order, at any time, and never after the end", async () => {
    const raw = await Raw.login(served.port);
    raw.send(call("subscribe", "answer"));
    assert.equal(await raw.message(), hex(buildMessage(k.chars("at once"), ASYNC)));
    assert.equal(await raw.message(), response(k.chars("answer")));
    await sleep(10);
    assert(last.push(k.symbols(["upd", "trade"])));
    assert.equal(await raw.message(), hex(buildMessage(k.symbols(["upd", "trade"]), ASYNC)));
    raw.socket.destroy();
    await eventually(() => served.server.sessions === 0);
    assert.equal(last.push(k.long(1)), false);
  });
});

describe("-T", () => {
  let served: Served;
  const steps: string[] = [];
  before(async () => {
    const functions = new Map(
      [
        fn("echo", (_, x) => x),
        fn("stuck", async (_, x) => {
          await sleep(150);
          steps.push("stuck has ended");
          return x;
        }),
        fn("train", async (call, x) => {
          for (let step = 0; step < 1000; step++) {
            await sleep(10);
            await call.giveWay();
          }
          return x;
        }),
      ].map((x) => [x.name, x]),
    );
    served = await serve({ callTimeout: 0.05 }, { api: apiOf(functions) });
  });
  after(() => served.server.close());

  it("a call that takes longer is answered 'stop; the next call waits until it has really ended", async () => {
    const raw = await Raw.login(served.port);
    raw.write(join(request("stuck", "x"), request("echo", "next")));
    const begin = performance.now();
    assert.equal(await raw.message(), response(new KError("stop")));
    assert(performance.now() - begin < 140);
    assert.deepEqual(steps, []);
    assert.equal(await raw.message(), response(k.chars("next")));
    assert.deepEqual(steps, ["stuck has ended"]);
    raw.socket.destroy();
  });

  it("a call that gives way ends there", async () => {
    const begin = performance.now();
    assert.equal(await ask(served.port, call("train", "x")), response(new KError("stop")));
    assert.equal(await ask(served.port, call("echo", "x")), response(k.chars("x")));
    assert(performance.now() - begin < 1000);
  });
});
