/** Memory that is used again holds nothing of before, and nothing that somebody still has. */
import assert from "node:assert/strict";
import { TYPE } from "../../protocol/values.js";
import type { FeedPlan } from "../../server/feed/plan.js";
import { pool } from "../../server/feed/samples/pool.js";
import { Queue } from "../../server/feed/samples/queue.js";
import { Samples } from "../../server/feed/samples/samples.js";
import { buffersOf } from "../../server/feed/samples/work.js";
import { plan, type Row, rowsOf } from "./day.js";

const ROWS = 6000;
const COLUMNS = [
  { name: "time", type: TYPE.timespan },
  { name: "sym", type: TYPE.symbol },
  { name: "x", type: TYPE.float },
  { name: "y", type: TYPE.float },
];
const DAY: readonly Row[] = Array.from({ length: ROWS }, (_, i) => ({
  sym: "abc"[i % 3]!,
  seconds: i,
  x: (i * 7919) % 1000,
  y: (i * 31) % 17,
}));

/**
 * The works of the day's rows, as they reach another thread.
 * @param back whether their memory comes back, full of other numbers
 */
function works(changes: Partial<FeedPlan>, mode: "strict" | "live", back: boolean): unknown[] {
  const one = plan({ batchsize: 256, ...changes });
  const queue = new Queue(one, mode, () => undefined);
  const samples = Samples.of(one, COLUMNS, (piece) => queue.put(piece));
  const found: unknown[] = [];
  for (let from = 0, size = 1; from < ROWS; from += size, size = (size * 5) % 1009) {
    samples.push(rowsOf(DAY.slice(from, from + size)));
    for (let work = queue.take(2); work !== undefined; work = queue.take(2)) {
      const sent = structuredClone(work, { transfer: buffersOf(work) });
      found.push(structuredClone(sent));
      if (!back) continue;
      for (const buffer of buffersOf(sent)) {
        new Uint8Array(buffer).fill(0x5a);
        pool.take(buffer);
      }
    }
  }
  return found;
}

describe("memory of batches and arrivals", () => {
  const cases: readonly (readonly [string, Partial<FeedPlan>])[] = [
    ["batches of 256", {}],
    ["windows", { window: 3 }],
    ["batches by time, some of few rows", { batchtime: 400e9 }],
    ["samples that are learned from again", { replay: { keep: 500, rows: 100 } }],
    ["batches put together", { behind: "coalesce", queue: { batches: 1, bytes: 2 ** 30 } }],
  ];
  for (const [what, changes] of cases)
    for (const mode of ["strict", "live"] as const)
      it(`is used again and nothing is mixed up: ${what}, ${mode}`, () => {
        const wanted = works(changes, mode, false);
        assert.ok(wanted.length > 5);
        assert.deepEqual(works(changes, mode, true), wanted);
      });

  it("is the pool's own, or has come from another thread", () => {
    const others = new Float64Array(256);
    pool.give(others);
    assert.notEqual(pool.array(Float64Array, 256).buffer, others.buffer);
    const own = pool.array(Float64Array, 256);
    pool.give(own);
    pool.give(own);
    const again = pool.array(Float64Array, 256);
    assert.equal(again.buffer, own.buffer);
    assert.notEqual(pool.array(Float64Array, 256).buffer, again.buffer);
  });
});
