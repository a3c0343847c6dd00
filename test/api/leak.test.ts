/** A thousand creates and frees of everything return to the same number of objects and about the same memory. */
import assert from "node:assert/strict";
import { memoryUsage } from "node:process";
import { setImmediate } from "node:timers/promises";
import { engine, Q } from "./rig.js";

const ROUNDS = 1000;
/** Bytes that stay with allocators and the language, whatever is freed. One round makes about 1 MB. */
const SLACK = 60e6;

const ROUND = [
  "t:tensor(`ones;100 1000)",
  "s:addref t",
  "v:vector(t;tensor(`eye;200))",
  "d:dict`a`b!(s;1 2 3)",
  "x:tensor(d;`a`b)",
  "m:module enlist(`linear;100;50)",
  "p:parms m",
  "freeze(m;`weight`bias;(1;0f))",
  "unfreeze(p;`bias)",
  "to(d;`double)",
  "use[d;`x`y!(1 2;3)]",
  "fill(v;0)",
  "y:mul(2 3;4)",
  'e:@[freeze;(m;`nosuch);{"e"}]',
  'e:@[tensor;(`complex;1e;2f);{"e"}]',
  'e:@[tensor;(`ones;2;`int`grad);{"e"}]',
  "gradflag(p;`bias;0b)",
  "return v",
  "free x",
  "free(d;m;p)",
].join(";");

describe("leaks", () => {
  it(`${ROUNDS} rounds of creating and freeing leave nothing`, async function () {
    this.timeout(120_000);
    const q = new Q();
    const settle = async (): Promise<void> => {
      for (let i = 0; i < 3; i++) await setImmediate();
    };
    const round = async (): Promise<void> => {
      await q.value(ROUND);
    };
    const objects = engine.objectCount(q.user);
    for (let i = 0; i < ROUNDS / 5; i++) await round();
    await settle();
    const before = memoryUsage.rss();
    for (let i = 0; i < ROUNDS; i++) await round();
    await settle();
    assert.equal(engine.objectCount(q.user), objects, "objects");
    assert.equal(engine.handles(q.user).length, 0, "handles");
    const grown = memoryUsage.rss() - before;
    assert.ok(grown < SLACK, `resident memory grew by ${Math.round(grown / 1e6)} MB`);
  });
});
