/** Large tensors leave while they are being written: what arrives is what the tensor was when it was asked for. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { type Client, connect } from "../../protocol/client.js";
import { encode } from "../../protocol/encode.js";
import * as k from "../../protocol/make.js";
import { type Atom, type K, type List, Vector } from "../../protocol/values.js";
import { items } from "../../protocol/view.js";
import { realComponents } from "../../server/components.js";
import { buildMessage } from "../protocol/builder.js";
import { Raw, type Served, SYNC, serve } from "../server/rig.js";

const COUNT = 2_500_000;
const doubles = (): K =>
  k.vector(
    9,
    Float64Array.from({ length: COUNT }, (_, i) => i / 8),
  );
const row = (length: number, at: number): K =>
  k.vector(
    8,
    Float32Array.from({ length }, (_, i) => at + i / 8),
  );
const matrix = (rows: number, columns: number): K =>
  k.list(Array.from({ length: rows }, (_, i) => row(columns, i)));

const VALUES: readonly (readonly [string, K])[] = [
  ["20 MB of doubles", doubles()],
  ["a long matrix", matrix(150_000, 12)],
  ["a matrix of a few long rows", matrix(3, 700_000)],
  ["one row", matrix(1, 1_100_000)],
  ["three dimensions", k.list([matrix(600, 1000), matrix(600, 1000)])],
];

const real = () => realComponents({ callTimeout: Number.POSITIVE_INFINITY });
const tensorOf = (handle: K): K => k.list([k.symbol("tensor"), handle]);

describe("large tensors back", () => {
  let served: Served;
  let client: Client;
  before(async () => {
    served = await serve({}, real());
    client = await connect({ port: served.port, host: "127.0.0.1", user: "ann" });
  });
  after(async () => {
    await client.close();
    await served.server.close();
  });

  for (const [what, value] of VALUES) {
    it(`${what}: as they came in`, async () => {
      const handle = await client.request(tensorOf(value));
      const back = await client.request(tensorOf(handle));
      assert.equal(Buffer.compare(encode(back, 2), encode(value, 2)), 0);
      await client.request(k.list([k.symbol("free"), handle]));
    });
  }

  it("arrays through operators: several results, one number, and nothing left behind", async () => {
    const objects = await client.request("count obj[]`ptr");
    const call = async (name: string, ...args: K[]): Promise<K> =>
      await client.request(k.list([k.symbol(name), args.length === 1 ? args[0]! : k.list(args)]));
    const sum = items((await call("add", doubles(), doubles())) as Vector);
    assert.equal(sum.length, COUNT);
    assert.deepEqual([sum[0], sum[9], sum[COUNT - 1]], [0, 2.25, (COUNT - 1) / 4]);
    const [values, places] = ((await call("sort", doubles(), k.boolean(true))) as List).items as [
      Vector,
      Vector,
    ];
    assert.deepEqual([items(values)[0], items(places)[0]], [(COUNT - 1) / 8, BigInt(COUNT - 1)]);
    assert.equal(((await call("Max", doubles())) as Atom).value, (COUNT - 1) / 8);
    assert.equal(((await call("equal", doubles(), doubles())) as Atom).value, true);
    await assert.rejects(call("mm", doubles(), doubles()));
    assert.deepEqual(await client.request("count obj[]`ptr"), objects);
  });

  it("views, other types and complex numbers are as their text request answers them", async () => {
    await client.request("a:tensor(`randn;1200 1000;`double)");
    for (const make of [
      "transpose(a;0;1)",
      "tensor(`randn;1100000;`chalf)",
      "tensor(`randn;3 500000;`cfloat)",
    ]) {
      await client.request(`b:${make}`);
      const [list, text] = [
        await client.request(tensorOf(await client.request("b"))),
        await client.request("tensor b"),
      ];
      assert.equal(Buffer.compare(encode(list, 2), encode(text, 2)), 0, make);
      await client.request("free b");
    }
    await client.request("free a");
  });

  it("what is changed right afterwards is not in the reply", async () => {
    const all = (x: number): K => k.vector(9, new Float64Array(COUNT).fill(x));
    const handle = await client.request(tensorOf(all(0)));
    const other = await connect({ port: served.port, host: "127.0.0.1", user: "ann" });
    for (let i = 1; i <= 5; i++) {
      const read = client.request(tensorOf(handle));
      const changed = other.request(k.list([k.symbol("tensor"), all(i), handle]));
      const numbers = items((await read) as Vector) as Float64Array;
      assert.ok(numbers[0] === i - 1 || numbers[0] === i);
      assert.ok(
        numbers.every((x) => x === numbers[0]),
        "some of it from before, some from after",
      );
      await changed;
    }
    await other.close();
  });

  it("a peer that does not read keeps nobody waiting, and one that goes away costs nothing", async () => {
    const handle = await client.request(tensorOf(doubles()));
    for (let i = 0; i < 5; i++) {
      const slow = await Raw.login(served.port, "ann:x");
      slow.socket.pause();
      slow.send(tensorOf(handle));
      await sleep(20);
      assert.equal(((await client.request(tensorOf(handle))) as Vector).count, COUNT);
      slow.socket.resetAndDestroy();
    }
    assert.ok(!served.messages().includes("a call failed"));
  });

  it("requests behind one are answered in their order", async () => {
    const handle = await client.request(tensorOf(doubles()));
    const raw = await Raw.login(served.port, "ann:x");
    raw.write(
      Buffer.concat(
        [1, 2].flatMap((x) => [buildMessage(tensorOf(handle), SYNC), buildMessage(k.chars(`${x}`), SYNC)]),
      ),
    );
    for (const x of [1, 2]) {
      assert.equal((await raw.read(8 + 6 + 8 * COUNT)).readDoubleLE(8 + 6 + 8 * 800), 100);
      assert.equal(await raw.message(), Buffer.from(buildMessage(k.long(x), 2)).toString("hex"));
    }
    raw.socket.destroy();
  });

  it("errors are those of small ones", async () => {
    const list = (await client.request("tensor(`randn;1500000)")) as List;
    await client.request(k.list([k.symbol("free"), list]));
    await assert.rejects(client.request(tensorOf(list)), /stale pointer/);
  });
});

describe("large tensors back, compressed", () => {
  it("go the way of all replies", async () => {
    const served = await serve({ compress: "always" }, real());
    const client = await connect({ port: served.port, host: "127.0.0.1", user: "ann" });
    const handle = await client.request(tensorOf(doubles()));
    const back = (await client.request(tensorOf(handle))) as Vector;
    assert.ok(back instanceof Vector);
    assert.equal(Buffer.compare(encode(back, 2), encode(doubles(), 2)), 0);
    await client.close();
    await served.server.close();
  });
});
