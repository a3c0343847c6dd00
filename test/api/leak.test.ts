/** A thousand creates and frees of everything return to the same number of objects and about the same memory. */
import assert from "node:assert/strict";
import { memoryUsage } from "node:process";
import { setImmediate } from "node:timers/promises";
import { Q } from "./rig.js";

const ROUNDS = 1000;
/** Bytes that stay with allocators and the language, whatever is freed. A tensor of each round that stayed would be 40 MB. */
const SLACK = 20e6;

const ROUND = [
  "t:tensor(`ones;100 100)",
  "s:addref t",
  "v:vector(t;tensor(`eye;50))",
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
  "gradflag(p;`bias;0b)",
  "return v",
  "free x",
  "free(d;m;p)",
].join(";");

/** Calls that fail after they have made something. */
const FAILING = [
  "freeze(dict`x`y!(1 2e;3);`y`x;(1;1 2 3))",
  "tensor(`complex;1e;2f)",
  "tensor(`ones;2;`int`grad)",
  "gradflag(vector(1f;2);0 1;1b)",
  "to(vector(1 2;3 4);`zzz)",
];

describe("leaks", () => {
  it(`${ROUNDS} rounds of creating and freeing leave nothing`, async function () {
    this.timeout(120_000);
    const q = new Q();
    const settle = async (): Promise<void> => {
      for (let i = 0; i < 3; i++) await setImmediate();
    };
    const round = async (): Promise<void> => {
      await q.value(ROUND);
      for (const text of FAILING) await assert.rejects(q.value(text), text);
      await q.value("free()");
      await setImmediate(); // as between two requests: memory that JavaScript holds is given back then
    };
    const objects = q.engine.objectCount();
    // Every thread of libtorch's pools keeps memory of its own at hand, and takes its turns by chance.
    for (let i = 0; i < ROUNDS; i++) await round();
    await settle();
    const before = memoryUsage.rss();
    for (let i = 0; i < ROUNDS; i++) await round();
    await settle();
    assert.equal(q.engine.objectCount(), objects, "objects");
    assert.equal(q.engine.handles().length, 0, "handles");
    const grown = memoryUsage.rss() - before;
    console.log(`        resident memory: ${(grown / 1e6).toFixed(1)} MB more`);
    assert.ok(grown < SLACK, `resident memory grew by ${Math.round(grown / 1e6)} MB`);
  });
});
