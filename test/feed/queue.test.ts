/** What waits for the learner: in which order it goes out, and what becomes of it when that is too much. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { WhenBehind } from "../../server/feed/plan.js";
import { type Mode, Queue } from "../../server/feed/samples/queue.js";
import { type Batch, buffersOf, type Piece, type Work } from "../../server/feed/samples/work.js";

/** Arrivals with two features each, their number and its negative. */
const arrivals = (first: number, count: number): Piece => {
  const numbers = Array.from({ length: count }, (_, i) => first + i);
  return {
    kind: "arrivals",
    ...{ count, first },
    time: Float64Array.from(numbers),
    keys: numbers.map(String),
    inputs: [Float64Array.from(numbers.flatMap((x) => [x, -x])), Int32Array.from(numbers)],
  };
};

/** A batch of samples, the last `old` of them from a replay buffer, complete after so many arrivals. */
const batch = (after: number, numbers: number[], old = 0): Piece => ({
  kind: "batch",
  ...{ count: numbers.length, fresh: numbers.length - old, after },
  numbers: Float64Array.from(numbers),
  inputs: [Float64Array.from(numbers.flatMap((x) => [x, -x])), Int32Array.from(numbers)],
  targets: Float64Array.from(numbers, (x) => 10 * x),
});

const queue = (
  mode: Mode,
  behind: WhenBehind = "log",
  limits: { batches?: number; bytes?: number; seed?: number } = {},
): { it: Queue<string>; held: boolean[] } => {
  const held: boolean[] = [];
  const { batches = 4, bytes = 2 ** 30, seed = 1 } = limits;
  const it = new Queue<string>({ behind, queue: { batches, bytes }, seed }, mode, (is) => held.push(is));
  return { it, held };
};

/** A work in short: numbers of arrivals, batches as `numbers@after`, the mark. */
function short(work: Work<string> | undefined) {
  if (work === undefined) return undefined;
  const { arrivals: rows, batches, mark } = work;
  let at = 0;
  const learned = [...(batches?.sizes ?? [])].map((size, i) => {
    const numbers = [...batches!.numbers.subarray(at, at + size)];
    const [pairs, codes] = batches!.inputs as [Float64Array, Int32Array];
    assert.deepEqual(
      [...pairs.subarray(2 * at, 2 * (at + size))],
      numbers.flatMap((x) => [x, -x]),
    );
    assert.deepEqual([...codes.subarray(at, at + size)], numbers);
    assert.deepEqual(
      [...batches!.targets.subarray(at, at + size)],
      numbers.map((x) => 10 * x),
    );
    at += size;
    return `${numbers}@${batches!.after[i]}`;
  });
  if (rows !== undefined) {
    const numbers = Array.from({ length: rows.count }, (_, i) => rows.first + i);
    assert.deepEqual([...rows.time], numbers);
    assert.deepEqual(rows.keys, numbers.map(String));
    assert.deepEqual([...rows.inputs[1]!], numbers);
    assert.deepEqual(
      [...rows.inputs[0]!],
      numbers.flatMap((x) => [x, -x]),
    );
  }
  return {
    ...(rows === undefined ? {} : { rows: `${rows.first}-${rows.first + rows.count - 1}` }),
    ...(learned.length === 0 ? {} : { learned }),
    ...(mark === undefined ? {} : { mark }),
  };
}

describe("queue: strict", () => {
  it("predicts a row after all batches before it, and no more of them than were asked for", () => {
    const { it } = queue("strict");
    it.put(arrivals(0, 10));
    it.put(batch(3, [0, 1]));
    it.put(batch(5, [2, 3]));
    it.put(batch(5, [4]));
    assert.deepEqual(short(it.take(0)), { rows: "0-2" });
    assert.equal(it.take(0), undefined);
    assert.deepEqual(short(it.take(2)), { rows: "3-4", learned: ["0,1@0", "2,3@2"] });
    it.put(arrivals(10, 2));
    assert.deepEqual(short(it.take(2)), { rows: "5-11", learned: ["4@0"] });
    assert.equal(it.take(2), undefined);
  });

  it("hands a mark out at its place", () => {
    const { it } = queue("strict");
    it.put(arrivals(0, 4));
    it.put(batch(2, [0]));
    it.mark("here");
    it.put(arrivals(4, 4));
    it.put(batch(6, [1]));
    assert.deepEqual(short(it.take(9)), { rows: "0-3", learned: ["0@2"], mark: "here" });
    assert.deepEqual(short(it.take(9)), { rows: "4-7", learned: ["1@2"] });
  });

  it("has batches alone where nobody predicts rows", () => {
    for (const mode of ["strict", "live"] as const) {
      const { it } = queue(mode);
      it.put(batch(2, [0]));
      it.put(batch(6, [1]));
      it.mark("here");
      it.put(batch(8, [2]));
      assert.deepEqual(short(it.take(9)), { learned: ["0@0", "1@0"], mark: "here" });
      assert.deepEqual(short(it.take(9)), { learned: ["2@0"] });
      assert.equal(it.take(9), undefined);
    }
  });

  it("begins where a feed went on from", () => {
    const { it } = queue("strict");
    it.put(batch(50, [7]));
    it.mark("here");
    assert.deepEqual(short(it.take(9)), { learned: ["7@0"], mark: "here" });
    it.put(arrivals(50, 2));
    assert.deepEqual(short(it.take(9)), { rows: "50-51" });
  });

  it("keeps the source away instead of letting anything go", () => {
    for (const behind of ["log", "drop", "sample", "coalesce"] as const) {
      const { it, held } = queue("strict", behind);
      it.put(arrivals(0, 9));
      for (let i = 0; i < 9; i++) it.put(batch(i + 1, [i]));
      assert.deepEqual(held, [true]);
      assert.equal(it.batches, 9);
      it.take(6);
      assert.deepEqual(held, [true]);
      it.take(1);
      assert.deepEqual(held, [true, false]);
      assert.deepEqual(it.counts, { dropped: 0, droppedSamples: 0, coalesced: 0, unpredicted: 0 });
    }
    const { it, held } = queue("strict");
    for (let i = 0; i < 20; i++) it.put(arrivals(i * 4096, 4096));
    assert.deepEqual(held, [true]);
    assert.equal(it.take(0)!.arrivals!.count, 16_384);
  });
});

describe("queue: live", () => {
  it("predicts all that waits first", () => {
    const { it } = queue("live");
    it.put(arrivals(0, 10));
    it.put(batch(3, [0, 1]));
    it.put(batch(5, [2, 3]));
    assert.deepEqual(short(it.take(1)), { rows: "0-9", learned: ["0,1@10"] });
    it.put(arrivals(10, 1));
    assert.deepEqual(short(it.take(0)), { rows: "10-10" });
    assert.deepEqual(short(it.take(1)), { learned: ["2,3@0"] });
  });

  it("learns from nothing that was not to be predicted before", () => {
    const { it } = queue("live");
    it.put(arrivals(0, 20_000));
    it.put(batch(16_384, [0]));
    it.put(batch(16_385, [1]));
    assert.deepEqual(short(it.take(9)), { rows: "0-16383", learned: ["0@16384"] });
    assert.deepEqual(short(it.take(9)), { rows: "16384-19999", learned: ["1@3616"] });
  });

  it("predicts ahead of a mark, but not in one work with it", () => {
    const { it } = queue("live");
    it.put(arrivals(0, 4));
    it.put(batch(2, [0]));
    it.put(batch(2, [1]));
    it.mark("here");
    it.put(arrivals(4, 4));
    assert.deepEqual(short(it.take(1)), { rows: "0-7", learned: ["0@8"] });
    it.put(arrivals(8, 1));
    it.put(batch(9, [2]));
    assert.deepEqual(short(it.take(9)), { learned: ["1@0"], mark: "here" });
    assert.deepEqual(short(it.take(9)), { rows: "8-8", learned: ["2@1"] });
  });

  it("asks for a stop where the log has what is left out, by batches or bytes", () => {
    const { it, held } = queue("live");
    it.put(arrivals(0, 1));
    for (let i = 0; i < 5; i++) it.put(batch(1, [0]));
    assert.deepEqual(held, [true]);
    it.take(3);
    assert.deepEqual(held, [true, false]);
    const small = queue("live", "log", { bytes: 100 });
    small.it.put(batch(0, [0, 1, 2]));
    assert.deepEqual(small.held, [true]);
  });

  it("leaves predictions that are too many, the oldest, and says so", () => {
    const { it, held } = queue("live", "log", { bytes: 2 ** 20 });
    for (let i = 0; i < 20; i++) it.put(arrivals(i * 4096, 4096));
    assert.deepEqual(held, []);
    // 20 bytes a sample
    const kept = Math.floor(2 ** 20 / (20 * 4096)) * 4096;
    assert.equal(it.arrivals, kept);
    assert.equal(it.counts.unpredicted, 20 * 4096 - kept);
    it.put(batch(5, [4]));
    const work = it.take(1)!;
    assert.equal(work.arrivals!.first, 20 * 4096 - kept);
    assert.deepEqual([...work.batches!.numbers], [4]);
  });
});

describe("queue: behind", () => {
  const numbers = (it: Queue<string>) =>
    Array.from({ length: it.batches }, () => [...it.take(1)!.batches!.numbers]);

  it("drop: the oldest go", () => {
    const { it, held } = queue("live", "drop");
    for (let i = 0; i < 10; i++) it.put(batch(0, [i, i]));
    assert.deepEqual(numbers(it), [
      [6, 6],
      [7, 7],
      [8, 8],
      [9, 9],
    ]);
    assert.deepEqual([it.counts.dropped, it.counts.droppedSamples], [6, 12]);
    assert.deepEqual(held, []);
  });

  it("drop: by bytes too, but the last one stays", () => {
    const { it } = queue("live", "drop", { bytes: 200 });
    for (let i = 0; i < 4; i++) it.put(batch(0, [i, i]));
    assert.equal(it.bytes, 144);
    assert.equal(it.batches, 2);
    it.put(
      batch(
        0,
        Array.from({ length: 100 }, () => 7),
      ),
    );
    assert.equal(it.batches, 1);
  });

  it("sample: each is as likely to stay, in order, and the seed decides", () => {
    const times = new Array<number>(12).fill(0);
    for (let seed = 0; seed < 3000; seed++) {
      const { it } = queue("live", "sample", { seed });
      for (let i = 0; i < 12; i++) it.put(batch(0, [i]));
      assert.equal(it.counts.dropped, 8);
      const left = numbers(it).flat();
      assert.deepEqual(
        left,
        [...left].sort((a, b) => a - b),
      );
      for (const number of left) times[number]!++;
    }
    // a third of 3000, and six deviations of a binomial
    for (const count of times)
      assert.ok(Math.abs(count - 1000) < 6 * Math.sqrt(3000 * (1 / 3) * (2 / 3)), `${times}`);
  });

  it("coalesce: neighbours become one, new samples before old ones, and none is lost", () => {
    const { it } = queue("live", "coalesce", { batches: 2 });
    it.put(batch(0, [0, 1, 50], 1));
    it.put(batch(0, [2, 3, 51], 1));
    it.put(batch(0, [4, 5, 52], 1));
    assert.equal(it.counts.coalesced, 1);
    const { batches } = it.take(2)!;
    assert.deepEqual([...batches!.sizes], [6, 3]);
    assert.deepEqual([...batches!.fresh], [4, 2]);
    assert.deepEqual([...batches!.numbers], [0, 1, 2, 3, 50, 51, 4, 5, 52]);
    assert.deepEqual(
      [...batches!.targets],
      [0, 1, 2, 3, 50, 51, 4, 5, 52].map((x) => 10 * x),
    );
  });

  it("coalesce: stays even, keeps within bytes, and does not cross a mark", () => {
    const { it } = queue("live", "coalesce");
    for (let i = 0; i < 16; i++) it.put(batch(0, [i]));
    assert.equal(it.counts.dropped, 0);
    const sizes = [...it.take(4)!.batches!.sizes];
    assert.equal(
      sizes.reduce((sum, size) => sum + size),
      16,
    );
    assert.ok(Math.max(...sizes) <= 8, `${sizes}`);

    const small = queue("live", "coalesce", { batches: 2, bytes: 36 * 4 });
    for (let i = 0; i < 9; i++) small.it.put(batch(0, [i]));
    assert.ok(small.it.bytes <= 36 * 4);
    assert.ok(small.it.counts.droppedSamples >= 5);

    const marked = queue("live", "coalesce", { batches: 1 });
    marked.it.put(batch(0, [0]));
    marked.it.mark("here");
    marked.it.put(batch(0, [1]));
    assert.deepEqual(short(marked.it.take(9)), { mark: "here" });
    assert.deepEqual(short(marked.it.take(9)), { learned: ["1@0"] });
    assert.equal(marked.it.counts.dropped, 1);
  });
});

describe("queue: any pieces", () => {
  /** Pieces with arrivals and batches that only take what has arrived. */
  const anyPieces = fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 3 })), {
    maxLength: 20,
  });

  it("go out each once, in order, in buffers that can be transferred", () => {
    fc.assert(
      fc.property(
        anyPieces,
        fc.constantFrom("strict" as const, "live" as const),
        fc.infiniteStream(fc.nat(3)),
        (steps, mode, most) => {
          const { it } = queue(mode);
          const batches: Batch[] = [];
          const predicted: number[] = [];
          const learned: number[][] = [];
          let arrived = 0;
          const take = (limit: number): boolean => {
            const work = it.take(limit);
            if (work === undefined) return false;
            short(work);
            const { arrivals: rows, batches: some } = structuredClone(work, { transfer: buffersOf(work) });
            assert.equal(work.arrivals?.time.length ?? 0, 0);
            const first = rows?.first ?? predicted.length;
            let at = 0;
            some?.sizes.forEach((size, i) => {
              const { after } = batches[learned.length]!;
              // strict: as many have been predicted as had arrived then; live: no fewer
              if (mode === "strict") assert.equal(first + some.after[i]!, after);
              else assert.ok(first + some.after[i]! >= after);
              learned.push([...some.numbers.subarray(at, at + size)]);
              at += size;
            });
            for (let i = 0; i < (rows?.count ?? 0); i++) predicted.push(first + i);
            return true;
          };
          for (const [count, complete] of steps) {
            if (count > 0) it.put(arrivals(arrived, count));
            const before = arrived;
            arrived += count;
            for (let i = 0; i < complete && count > 0; i++) {
              const after = Math.min(arrived, Math.max(before + 1 + i, batches.at(-1)?.after ?? 0));
              const piece = batch(after, [arrived, i]);
              batches.push(piece as Piece & { kind: "batch" });
              it.put(piece);
            }
            take(most.next().value);
          }
          const wanted = batches.length;
          while (take(1));
          assert.equal(learned.length, wanted);
          assert.deepEqual(
            predicted,
            Array.from({ length: arrived }, (_, i) => i),
          );
        },
      ),
    );
  });
});
