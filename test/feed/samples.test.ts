/** Rows become samples and batches: what a learner is given. */
import assert from "node:assert/strict";
import fc from "fast-check";
import * as k from "../../protocol/make.js";
import { KError } from "../../protocol/values.js";
import type { Ahead } from "../../server/feed/features/label.js";
import type { FeedPlan } from "../../server/feed/plan.js";
import { Samples } from "../../server/feed/samples/samples.js";
import { Track } from "../../server/feed/samples/track.js";
import type { Piece } from "../../server/feed/samples/work.js";
import type { State } from "../../server/feed/state.js";
import {
  anyAheads,
  anyCuts,
  anyDay,
  anyPlan,
  Columns,
  label,
  plan,
  type Row,
  rowsOf,
  run,
  SECOND,
  type Seen,
  written,
} from "./day.js";
import { naive } from "./naive.js";

/** Rows of syms and seconds, x and y counting from 1. */
const day = (...rows: (readonly [string, number])[]): Row[] =>
  rows.map(([sym, seconds], i) => ({ sym, seconds, x: i + 1, y: i + 1 }));

/** Features x alone: none is null. */
const one = (changes: Partial<FeedPlan> = {}): FeedPlan =>
  plan({ ...changes, nulls: "fill", batchsize: 1, ...changes });

/** Of each batch: numbers and targets. */
const learned = ({ batches }: Seen) => batches.map(({ numbers, targets }) => [[...numbers], [...targets]]);

describe("samples: labels", () => {
  it("are known at once where nothing lies ahead", () => {
    const seen = run(one(), [], day(["a", 1], ["b", 1]));
    assert.deepEqual(learned(seen), [
      [[0], [1]],
      [[1], [2]],
    ]);
    assert.deepEqual(
      seen.batches.map(({ after }) => after),
      [1, 2],
    );
  });

  it("take the value of the key's row so many rows on", () => {
    const seen = run(one(), [{ rows: 2 }], day(["a", 1], ["a", 1], ["b", 2], ["a", 3], ["b", 4], ["a", 4]));
    // a's rows have y 1 2 4 6: 1+4 and 2+6; b's two wait
    assert.deepEqual(learned(seen), [
      [[0], [5]],
      [[1], [8]],
    ]);
    assert.equal(seen.waiting, 4);
  });

  it("take the value of the key's first row at or after a time", () => {
    const seen = run(
      one({ tolerance: 3 * SECOND }),
      [{ nanos: 10 * SECOND }],
      day(["a", 0], ["a", 5], ["b", 9], ["a", 10], ["a", 17], ["b", 18]),
    );
    // a at 0: 10 s on it is 4; a at 5: first at or after 15 is that of 17, within 3 s; b at 9: 19 has not come
    assert.deepEqual(learned(seen), [
      [[0], [1 + 4]],
      [[1], [2 + 5]],
    ]);
    assert.equal(seen.counts.expired, 0);
  });

  it("expire where the value comes too late, or event time passes without it", () => {
    const rows = day(["a", 0], ["b", 1], ["a", 14], ["c", 14], ["c", 15]);
    const seen = run(one({ tolerance: 3 * SECOND }), [{ nanos: 10 * SECOND }], rows);
    // a's came at 14, where 13 was the last; b's could have come until 14
    assert.deepEqual(learned(seen), []);
    assert.equal(seen.counts.expired, 2);
    assert.equal(seen.waiting, 3);
    const before = run(one({ tolerance: 3 * SECOND }), [{ nanos: 10 * SECOND }], rows.slice(0, 4));
    assert.equal(before.counts.expired, 1);
  });

  it("wait for rows when a value at a time has come, though event time goes on", () => {
    const rows = day(["a", 0], ["a", 10], ["b", 100], ["a", 100], ["a", 101]);
    const seen = run(one(), [{ rows: 3 }, { nanos: 10 * SECOND }], rows, [1, 1, 1, 1]);
    // the first one: y 1, three rows on 5, ten seconds on 2
    assert.deepEqual(learned(seen), [[[0], [8]]]);
    assert.equal(seen.counts.expired, 1);
  });

  it("that are null are counted, and not learned", () => {
    const rows = day(["a", 0], ["a", 1], ["a", 2]).map((row, i) =>
      i === 1 ? { ...row, y: Number.NaN } : row,
    );
    const seen = run(one(), [{ rows: 1 }], rows);
    assert.deepEqual(learned(seen), []);
    assert.equal(seen.counts.unlabelled, 2);
  });

  it("hold no memory for keys that go silent, nor after a burst", () => {
    const kept = (samples: Samples) => {
      const { features, line } = samples.save().waiting as { features: Float64Array; line: State };
      return [features.length / 2, (line.keys as Int32Array).length];
    };
    const rows = Array.from(
      { length: 20_000 },
      (_, i): Row => ({ sym: `k${i % 5000}`, seconds: i, x: 1, y: 1 }),
    );
    const sizes: unknown[] = [];
    const look = (samples: Samples) => {
      sizes.push(kept(samples));
      return samples;
    };
    const seen = run(one({ keys: 5000, window: 3 }), [{ nanos: 10 * SECOND }], rows, [20_000], look);
    assert.equal(seen.waiting, 11);
    assert.equal(seen.counts.expired, 10_000 - 11);
    // windows of three rows, and eleven that wait and have one more each
    assert.deepEqual(sizes.at(-1), [5000 * 3 + 11, 11]);

    sizes.length = 0;
    const burst: Row[] = [
      ...Array.from({ length: 150_000 }, () => ({ sym: "a", seconds: 0, x: 1, y: 1 })),
      ...day(["b", 5], ["c", 6], ["d", 7], ["a", 10], ["b", 15], ["d", 18]),
    ];
    const after = run(one({ batchsize: 1000 }), [{ nanos: 10 * SECOND }], burst, [150_000, 3, 1], look);
    assert.deepEqual(sizes, [
      [150_000, 150_000],
      [150_003, 150_003],
      [2 + 3, 4],
      // c and d have lost
      [2 + 2 + 1 + 2, 3],
    ]);
    assert.deepEqual([after.counts.expired, after.waiting, after.batches.length], [2, 3, 150]);
  });

  it("give memory of a burst back", () => {
    const track = new Track({ width: 1, window: 2, notes: 3, aheads: 1 });
    for (let i = 0; i < 100_000; i++) {
      track.room();
      track.features[track.tail++] = i;
    }
    track.pass(track.tail);
    track.release();
    assert.ok(track.features.length <= 1024);
    assert.deepEqual([...track.features.subarray(0, track.tail)], [99_998, 99_999]);
  });

  it("lose where too many younger ones have come, whatever they wait for", () => {
    const rows = day(["a", 0], ...Array.from({ length: 30 }, () => ["b", 0] as const), ["a", 0]);
    const whole = run(one(), [{ rows: 1 }], rows, [], undefined, 10);
    assert.equal(whole.counts.expired, 1);
    assert.equal(whole.batches.length, 29);
    assert.deepEqual(run(one(), [{ rows: 1 }], rows, [3, 8, 1, 4], undefined, 10), whole);
  });
});

describe("samples: rows", () => {
  it("with nulls are left out, or filled with the key's last values", () => {
    const rows = [
      { sym: "a", seconds: 0, x: 1, y: 1 },
      { sym: "a", seconds: 1, x: 2, y: 1 },
      { sym: "b", seconds: 2, x: Number.NaN, y: 1 },
      { sym: "a", seconds: 3, x: Number.POSITIVE_INFINITY, y: 1 },
    ];
    const left = run(plan(), [], rows);
    assert.deepEqual(
      left.arrivals.map(({ inputs }) => inputs),
      [[[2, 1]]],
    );
    assert.equal(left.counts.skipped, 3);
    const filled = run(plan({ nulls: "fill" }), [], rows);
    assert.deepEqual(
      filled.arrivals.map(({ inputs }) => inputs),
      [[[1, 0]], [[2, 1]], [[0, 0]], [[2, 2]]],
    );
    assert.equal(filled.counts.skipped, 3);
  });

  it("from before the latest, and without a time, count as at the latest", () => {
    const samples = new Samples(one(), new Columns(false), label([]), (piece) => {
      if (piece.kind === "arrivals") assert.deepEqual([...piece.time], [0, 5, 5, 5, 5, 6]);
    });
    samples.push({
      count: 6,
      columns: new Map([
        ...rowsOf(day(["a", 0], ["a", 0], ["a", 0], ["a", 0], ["a", 0], ["a", 0])).columns,
        ["time", k.timespans([-(2n ** 63n), 5n, 2n ** 63n - 1n, -(2n ** 63n) + 1n, 4n, 6n])],
      ]),
    });
    assert.equal(samples.counts.late, 4);
  });

  it("have times of any clock, in nanoseconds", () => {
    for (const [column, expected] of [
      [k.times([1, 2]), [1e6, 2e6]],
      [k.seconds([1, 2]), [1e9, 2e9]],
      [k.minutes([1, 2]), [6e10, 12e10]],
      [k.dates([1, 2]), [864e11, 1728e11]],
      [k.datetimes([0.5, 1]), [432e11, 864e11]],
      [k.timestamps([2n ** 59n, 2n ** 59n + 128n]), [2 ** 59, 2 ** 59 + 128]],
    ] as const) {
      const times: number[] = [];
      const samples = new Samples(one(), new Columns(false), label([]), (piece) => {
        if (piece.kind === "arrivals") times.push(...piece.time);
      });
      samples.push({
        count: 2,
        columns: new Map([...rowsOf(day(["a", 0], ["a", 0])).columns, ["time", column]]),
      });
      assert.deepEqual(times, expected);
    }
  });

  it("of a schema that is not the plan's, and of too many keys, end the feed", () => {
    const push = (
      name: string,
      column: k.Items | ReturnType<typeof k.floats> | ReturnType<typeof k.symbols>,
    ) =>
      new Samples(one({ keys: 2 }), new Columns(false), label([]), () => {}).push({
        count: 3,
        columns: new Map([...rowsOf(day(["a", 0], ["b", 0], ["a", 0])).columns, [name, column as never]]),
      });
    assert.throws(
      () => push("time", k.floats([1, 2, 3])),
      new KError(
        "feed: time is not a column of times; one of timestamp, date, datetime, timespan, minute, second, time is needed",
      ),
    );
    assert.throws(() => push("sym", k.floats([1, 2, 3])), new KError("feed: sym is not a column of symbols"));
    assert.throws(
      () => push("sym", k.symbols(["a", "b", "c"])),
      new KError("feed: more than 2 values of sym, which is all that may be kept apart"),
    );
  });

  it("are scaled by all rows of before and themselves", () => {
    const values = [3, 3, 7, 1e300, Number.NaN, 2, 5];
    const rows = values.map((x, i): Row => ({ sym: "a", seconds: i, x, y: 1 }));
    const seen = run(one({ scale: true }), [], rows);
    const scaled = (count: number) => {
      const some = values.slice(0, count).filter((x) => x < 1e100);
      const mean = some.reduce((sum, x) => sum + x, 0) / some.length;
      const squares = some.reduce((sum, x) => sum + (x - mean) ** 2, 0) / some.length;
      return squares === 0 ? 0 : (values[count - 1]! - mean) / Math.sqrt(squares);
    };
    const expected = [scaled(1), scaled(2), scaled(3), scaled(3), scaled(3), scaled(6), scaled(7)];
    seen.arrivals.forEach(({ inputs }, i) => {
      assert.ok(Math.abs(inputs[0]![0]! - expected[i]!) < 1e-12);
    });
  });
});

describe("samples: a day's end", () => {
  const samples = (emit: (piece: Piece) => void) =>
    new Samples(one({ window: 2 }), new Columns(false), label([{ nanos: 10 * SECOND }]), emit);

  it("ends the waiting, and windows go on", () => {
    const pieces: Piece[] = [];
    const maker = samples((piece) => pieces.push(piece));
    maker.push(rowsOf(day(["a", 86_000], ["a", 86_001], ["b", 86_001])));
    maker.endOfDay();
    assert.equal(maker.waiting, 0);
    assert.equal(maker.counts.expired, 1);
    maker.push(rowsOf(day(["a", 1], ["b", 2], ["a", 11])));
    assert.equal(maker.counts.late, 0);
    const arrivals = pieces.filter((piece) => piece.kind === "arrivals");
    // of x: yesterday's last and today's first, for both keys; then a again
    assert.deepEqual([...arrivals[1]!.inputs[0]!], [2, 1, 1, 2, 3, 0, 2, 3, 1, 2, 3, 1]);
    assert.deepEqual(
      pieces.flatMap((piece) => (piece.kind === "batch" ? [[...piece.numbers], [...piece.targets]] : [])),
      [[1], [1 + 3]],
    );
  });

  it("is none where times have dates", () => {
    const maker = samples(() => {});
    const push = (times: bigint[]) =>
      maker.push({
        count: 2,
        columns: new Map([...rowsOf(day(["a", 0], ["a", 0])).columns, ["time", k.timestamps(times)]]),
      });
    push([0n, 1n]);
    maker.endOfDay();
    assert.equal(maker.waiting, 1);
    push([2n, 10_000_000_001n]);
    assert.equal(maker.counts.expired, 0);
    assert.equal(maker.waiting, 2);
  });
});

describe("samples: batches", () => {
  it("end with so many samples, or where event time comes to another multiple", () => {
    const rows = day(["a", 0], ["a", 1], ["a", 2], ["a", 4], ["a", 5], ["a", 11], ["a", 12]);
    const seen = run(one({ batchsize: 3, batchtime: 5 * SECOND }), [], rows);
    assert.deepEqual(
      seen.batches.map(({ numbers, after }) => [[...numbers], after]),
      [
        [[0, 1, 2], 3],
        [[3], 5],
        [[4], 6],
      ],
    );
  });

  it("are the same where nobody predicts rows, which are not put together then, or named where nobody publishes", () => {
    const rows = day(["a", 0], ["b", 1], ["a", 2], ["a", 4], ["b", 5], ["a", 11], ["a", 12]);
    const seen = run(one({ batchsize: 2 }), [], rows);
    assert.deepEqual([seen.arrivals.length, seen.arrivals[1]!.key], [7, "b"]);
    const judged = run(one({ batchsize: 2, publish: "" }), [], rows);
    assert.deepEqual(
      judged.arrivals,
      seen.arrivals.map((each) => ({ ...each, key: undefined })),
    );
    const alone = run(one({ batchsize: 2, publish: "", judge: false }), [], rows);
    assert.deepEqual(alone.arrivals, []);
    assert.equal(alone.batches.length, 3);
    assert.deepEqual([alone.batches, alone.counts], [seen.batches, seen.counts]);
  });

  it("are joined by recent ones", () => {
    const rows = Array.from({ length: 400 }, (_, i): Row => ({ sym: "a", seconds: i, x: i, y: i }));
    const seen = run(one({ batchsize: 4, replay: { keep: 10, rows: 3 } }), [], rows);
    assert.equal(seen.batches[0]!.count, 4);
    const drawn = new Set<number>();
    for (const { count, fresh, numbers, inputs, targets } of seen.batches.slice(1)) {
      assert.deepEqual([count, fresh], [7, 4]);
      for (let i = 0; i < count; i++) {
        assert.equal(inputs[0]![2 * i], numbers[i]);
        assert.equal(targets[i], numbers[i]);
        if (i < fresh) continue;
        const age = numbers[0]! - numbers[i]!;
        assert.ok(age >= 1 && age <= 10);
        drawn.add(age);
      }
    }
    assert.equal(drawn.size, 10);
    const other = run(one({ batchsize: 4, replay: { keep: 10, rows: 3 }, seed: 2 }), [], rows);
    assert.notDeepEqual(learned(other), learned(seen));
  });
});

describe("samples: a state", () => {
  const samples = (changes: Partial<FeedPlan>, aheads: Ahead["span"][] = [{ rows: 2 }]) =>
    new Samples(plan(changes), new Columns(false), label(aheads), () => {});

  it("of another plan is refused, and so is a damaged one", () => {
    const from = samples({ window: 2, replay: { keep: 4, rows: 1 }, scale: true });
    from.push(
      rowsOf(
        day(
          ["a", 0],
          ["b", 1],
          ["a", 1],
          ["a", 2],
          ["a", 3],
          ["a", 4],
          ["a", 5],
          ["a", 6],
          ["a", 7],
          ["a", 8],
        ),
      ),
    );
    const state = from.save();
    const refused = (other: Samples, changed = state) => assert.throws(() => other.load(changed), KError);
    const same = { window: 2, replay: { keep: 4, rows: 1 }, scale: true };
    samples(same).load(state);
    refused(samples({ ...same, scale: false }));
    refused(samples({ ...same, window: 3 }));
    refused(samples({ ...same, window: 1 }));
    refused(samples({ ...same, keys: 1 }));
    refused(samples({ ...same, batchsize: 1 }));
    refused(samples({ ...same, replay: { keep: 0, rows: 0 } }));
    refused(samples(same, [{ rows: 2 }, { rows: 1 }]));
    for (const name of Object.keys(state))
      if (name !== "features") refused(samples(same), { ...state, [name]: 1 });
  });
});

describe("samples: any day", () => {
  const any = [anyPlan, anyAheads, anyDay, anyCuts] as const;

  it("comes to the same, and leaves the same state, however it is cut; and so does the day after", () => {
    fc.assert(
      fc.property(
        ...any,
        anyDay,
        fc.constantFrom(undefined, 3),
        (settings, aheads, rows, cuts, tomorrow, most) => {
          const of = (sizes: readonly number[]) => {
            let state: unknown;
            const look = (samples: Samples) => {
              state = samples.save();
              return samples;
            };
            return [run(settings, aheads, rows, sizes, look, most, tomorrow), state];
          };
          const whole = of([]);
          assert.deepEqual(of(cuts), whole);
          assert.deepEqual(of(rows.map(() => 1)), whole);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("goes on from a state that was written, and has the same state after the same rows", () => {
    fc.assert(
      fc.property(...any, anyDay, (settings, aheads, rows, cuts, tomorrow) => {
        const states: unknown[] = [];
        const look = (samples: Samples) => {
          states.push(written(samples.save()));
          return samples;
        };
        const whole = run(settings, aheads, rows, cuts, look, undefined, tomorrow);
        let at = 0;
        const again = (samples: Samples, fresh: () => Samples) => {
          const state = samples.save();
          assert.deepEqual(written(state), states[at++]);
          const next = fresh();
          next.load(written(state));
          return next;
        };
        assert.deepEqual(run(settings, aheads, rows, cuts, again, undefined, tomorrow), whole);
      }),
      { numRuns: 200 },
    );
  });

  it("is what looking through the whole day for each row says", () => {
    fc.assert(
      fc.property(...any, (settings, aheads, rows, cuts) => {
        const seen = run({ ...settings, scale: false, replay: { keep: 0, rows: 0 } }, aheads, rows, cuts);
        assert.deepEqual(seen, naive(settings, aheads, rows));
      }),
      { numRuns: 500 },
    );
  });
});
