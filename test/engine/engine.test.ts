/** The engine as a whole: its users, its memory, its warnings; a process has one. */
import assert from "node:assert/strict";
import { constants } from "node:buffer";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { encodeObject } from "../../protocol/encode.js";
import * as k from "../../protocol/make.js";
import { addonPath } from "../../server/engine/addon.js";
import type { Engine } from "../../server/engine/index.js";
import { door, Q, talk } from "../api/rig.js";
import { eventually } from "../server/rig.js";

const MEGABYTE = 1e6;
const doubles = (count: number): Uint8Array => encodeObject(k.floats(new Float64Array(count)));

describe("the engine", () => {
  it("gives each user a number of his own", () => {
    const numbers = Array.from({ length: 10 }, () => door.newUser());
    assert.equal(new Set(numbers).size, 10);
  });

  it("makes nothing for a user who is gone, not even what was begun before", async () => {
    const user = door.newUser();
    const engine = door.bind(user);
    const kept = (await engine.create(doubles(3))) as number;
    const others = door.bind(door.newUser()).objectCount();
    const begun = engine.create(doubles(200_000));
    assert(begun instanceof Promise);
    door.forgetUser(user);
    await assert.rejects(begun, /stale pointer/);
    assert.throws(() => engine.undefinedTensor(), /stale pointer/);
    assert.equal(engine.kind(kept), undefined);
    assert.equal(engine.objectCount(), others - 1n);
  });

  it("refuses a second thread", async () => {
    const worker = new Worker("require(require('node:worker_threads').workerData)", {
      eval: true,
      workerData: addonPath(),
    });
    const [error] = (await once(worker, "error")) as [Error];
    assert.match(error.message, /a process has one/);
    const q = new Q();
    await q.gives("tensor tensor 200000#1f", "200000#1f"); // the first goes on
    q.free();
  });

  describe("memory", () => {
    let engine: Engine;
    before(() => {
      engine = door.bind(door.newUser());
    });
    afterEach(() => door.limitMemory(Number.POSITIVE_INFINITY));

    it("of tensors is counted, and given back", async () => {
      const before = door.memoryUse().used;
      const handle = await engine.create(doubles(2 ** 20));
      const used = door.memoryUse().used - before;
      assert(used >= 8 * MEGABYTE && used < 11 * MEGABYTE, `${used} bytes`);
      engine.release(handle);
      await eventually(() => door.memoryUse().used - before < MEGABYTE);
    });

    it("beyond the limit is 'wsfull, and then all is as before", async () => {
      const before = door.memoryUse();
      door.limitMemory(before.used + 4 * MEGABYTE);
      await assert.rejects(async () => engine.create(doubles(2 ** 20)), { message: "wsfull" });
      assert(door.memoryUse().refused > before.refused);
      assert(door.memoryUse().used - before.used < MEGABYTE);
      const small = await engine.create(doubles(1000));
      engine.release(small);
      door.limitMemory(Number.POSITIVE_INFINITY);
      engine.release(await engine.create(doubles(2 ** 20)));
    });

    it("that libtorch takes by the sizes of sparse tensors is counted", async () => {
      const q = new Q();
      await q.run("w:tensor(`zeros;50000000 50000000;`sparse)");
      door.limitMemory(door.memoryUse().used + 100 * MEGABYTE);
      await q.signals("mm(w;w)", "wsfull");
      q.free();
    });

    it("that a kernel reads on behind a tensor's end is there", async () => {
      const q = new Q();
      await q.run("t:tensor(512 512#1f;`cdouble)");
      await q.gives("size cholinverse(t;1b)", "512 512");
      q.free();
    });

    it("more than a buffer holds is refused", () => {
      assert.throws(() => door.memory(constants.MAX_LENGTH + 1, 0));
    });

    it("that no machine has is 'wsfull", async () => {
      const q = new Q();
      await q.signals("tensor(`empty;1000000 1000000 1000)", "wsfull");
      q.free();
    });
  });

  talk("libtorch's warnings reach the user whose call raised them, once", [
    ["warnings[]", "()"],
    ["mse(2 2#1e;1 2e)"],
    ["count w:warnings[]", "1"],
    ['w[0]like"*target size*"', "1b"],
    ["warnings[]", "()"],
    ["warnings 1", "'warnings: empty arg expected"],
  ]);

  talk("a target that would be broadcast beyond its output is refused", [
    [
      "mse(2 1#1e;1 2e)",
      "'mse: a target of sizes [2] for an output of sizes [2, 1] would be compared in [2, 2]: the same sizes expected",
    ],
    ["l:loss`huber"],
    [
      "loss(l;2 1#1e;1 2e)",
      "'huber: a target of sizes [2] for an output of sizes [2, 1] would be compared in [2, 2]: the same sizes expected",
    ],
    ["free l"],
  ]);
});
