/** A feed's judgement of itself. Expected numbers were worked out with numpy, by the definitions, unless a line says how. */
import assert from "node:assert/strict";
import { PageHinkley } from "../../../server/feed/learning/drift.js";
import {
  Judge,
  type Judgement,
  type JudgeOptions,
  LONGEST_WINDOW,
} from "../../../server/feed/learning/judge.js";
import { aucOf, type Figures, Metrics, type MetricsOptions } from "../../../server/feed/learning/metrics.js";
import { Random } from "../../fuzz/random.js";

const near = (actual: number, expected: number): void =>
  assert.ok(
    Object.is(actual, expected) || Math.abs(actual - expected) <= 1e-12 * Math.max(1, Math.abs(expected)),
    `${actual}, expected ${expected}`,
  );

function judged(
  options: MetricsOptions,
  predictions: readonly number[],
  targets: readonly number[],
): Figures {
  const metrics = new Metrics(options);
  const columns = options.kind === "values" ? options.width : 1;
  for (let i = 0; i < targets.length / columns; i++)
    assert.ok(metrics.add(predictions, i * options.width, targets, i * columns));
  return metrics.figures();
}

const NAN: Figures = {
  ...{ mae: Number.NaN, rmse: Number.NaN, r2: Number.NaN, ic: Number.NaN, hit: Number.NaN },
  ...{ accuracy: Number.NaN, auc: Number.NaN },
};

function agree(actual: Figures, expected: Partial<Figures>): void {
  for (const name of Object.keys(NAN) as (keyof Figures)[]) near(actual[name], expected[name] ?? Number.NaN);
}

const P = [0.5, -1, 0.25, 2, 0, -0.5, 0.25, 1.5];
const Y = [1, -0.5, -0.25, 1.5, 0.5, 0, -1, 1];
const one: MetricsOptions = { kind: "values", width: 1 };

describe("metrics", () => {
  it("of values", () => {
    const all = { mae: 0.59375, rmse: 0.6434768838116876, r2: 0.3604826546003017 };
    // of 7 targets with a sign 4 are hit
    agree(judged(one, P, Y), { ...all, ic: 0.7346173076386076, hit: 4 / 7, auc: 0.875 });
  });

  it("of values in two columns: one error, each column's own mean and correlation", () =>
    agree(judged({ kind: "values", width: 2 }, P, Y), {
      ...{ mae: 0.59375, rmse: 0.6434768838116876, r2: 0.30944625407166126 },
      ...{ ic: 0.6127813070607947, hit: 4 / 7 },
    }));

  it("of values far from 0, without losing digits", () =>
    agree(
      judged(
        one,
        Array.from({ length: 10 }, (_, i) => 1e9 + i / 2),
        [0, 1, 1, 2, 2, 2, 3, 3, 4, 5].map((y) => 1e9 + y),
      ),
      { mae: 0.25, rmse: 0.3535533905932738, r2: 0.937810945273632, ic: 0.970000800433613, hit: 1 },
    ));

  it("what is not defined is not a number", () => {
    agree(new Metrics(one).figures(), {});
    agree(new Metrics({ kind: "classes", width: 2 }).figures(), {});
    agree(judged(one, [1], [1]), { mae: 0, rmse: 0, hit: 1 });
    // targets without spread, none with a sign
    agree(judged(one, [1, 2], [0, 0]), { mae: 1.5, rmse: Math.sqrt(2.5) });
    // predictions without spread
    agree(judged(one, [1, 1, 1], [1, 2, -3]), {
      ...{ mae: 5 / 3, rmse: Math.sqrt(17 / 3), r2: 1 - 17 / 14, hit: 2 / 3, auc: 0.5 },
    });
  });

  it("of classes: the highest score, the first of even ones; auc where there are two", () => {
    const scores = [0.1, 0.7, 0.2, 0.5, 0.5, 0.1, 0, 0, 0, 1, 2, 3, 3, 2, 1];
    agree(judged({ kind: "classes", width: 3 }, scores, [1, 1, 0, 2, 2]), { accuracy: 0.6 });
    const two = [0, 1, 1, 0, 0.5, 0.5, 2, 1, 0, 3, 0, 1];
    agree(judged({ kind: "classes", width: 2 }, two, [1, 0, 1, 0, 1, 0]), { accuracy: 2 / 3, auc: 5 / 6 });
  });

  it("numbers that are not finite and classes that are not there do not count", () => {
    const metrics = new Metrics({ kind: "values", width: 2 });
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      assert.equal(metrics.add([1, bad], 0, [1, 1], 0), false);
      assert.equal(metrics.add([1, 1], 0, [bad, 1], 0), false);
    }
    const classes = new Metrics({ kind: "classes", width: 2 });
    for (const label of [-1, 2, 0.5, Number.NaN, Number.POSITIVE_INFINITY, undefined as never])
      assert.equal(classes.add([1, 2], 0, [label], 0), false);
    assert.equal(classes.add([1, Number.NaN], 0, [1], 0), false);
    assert.deepEqual([metrics.count, classes.count], [0, 0]);
  });

  it("auc is the share of pairs in order, ties a half, for any scores", () => {
    const random = new Random(5);
    for (let round = 0; round < 200; round++) {
      const count = 1 + random.below(30);
      const scores = Float64Array.from(
        { length: count },
        () => random.below(6) - 3 || (random.chance(0.5) ? 0 : -0),
      );
      const above = Int32Array.from({ length: count }, () => random.below(2));
      let [won, pairs] = [0, 0];
      for (let i = 0; i < count; i++)
        for (let j = 0; j < count; j++) {
          if (above[i] !== 1 || above[j] !== 0) continue;
          pairs++;
          won += scores[i]! > scores[j]! ? 1 : scores[i] === scores[j] ? 0.5 : 0;
        }
      near(aucOf(scores, above, count), won / pairs);
    }
  });
});

describe("Page and Hinkley's test", () => {
  /** A hundred losses about 1, a hundred about 1.5, fifty of 0.5. */
  const series = Array.from({ length: 250 }, (_, i) =>
    i >= 200 ? 0.5 : (i < 100 ? 1 : 1.5) + 0.1 * (((i * 7) % 5) - 2),
  );
  const told = (losses: readonly number[], delta: number, lambda: number, warmup: number): number[] => {
    const test = new PageHinkley({ delta, lambda, warmup });
    return [...losses.keys()].filter((i) => test.add(losses[i]!));
  };
  for (const [delta, lambda, warmup, at] of [
    [0.005, 20, 30, 105],
    [0.005, 50, 30, 119],
    [0.5, 20, 30, 108],
    [0.005, 20, 130, 129],
  ] as const)
    it(`tells at loss ${at}, once, with delta ${delta}, lambda ${lambda}, warm-up ${warmup}`, () =>
      assert.deepEqual(told(series, delta, lambda, warmup), [at]));

  it("whatever the losses' size", () =>
    assert.deepEqual(
      told(
        series.map((x) => x * 1e-8),
        0.005,
        20,
        30,
      ),
      [105],
    ));
  it("nothing of a constant, of what is not finite, of better losses", () => {
    assert.deepEqual(told(new Array(1000).fill(3), 0.005, 1, 30), []);
    assert.deepEqual(told([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY], 0, 0, 0), []);
    assert.deepEqual(told([...series.slice(100, 200), ...series.slice(0, 100)], 0.005, 20, 30), []);
  });
});

const options: JudgeOptions = { kind: "values", width: 1, windowrows: 4, windowtime: 0, keep: 100 };

describe("a judge", () => {
  let rows: Judgement[];
  const judge = (more: Partial<JudgeOptions> = {}): Judge => {
    rows = [];
    return new Judge({ ...options, ...more }, (row) => rows.push(row));
  };
  const arrive = (
    x: Judge,
    first: number,
    predictions: readonly number[],
    { time = (i: number) => 10 * i, width = 1 } = {},
  ): void => {
    const count = predictions.length / width;
    x.predicted(
      { first, count, time: Float64Array.from({ length: count }, (_, i) => time(first + i)) },
      predictions,
    );
  };
  const label = (x: Judge, numbers: readonly number[], targets: readonly number[]): void =>
    x.known({
      count: numbers.length,
      numbers: Float64Array.from(numbers),
      targets: Float64Array.from(targets),
    });

  it("gives a row for each window of samples, in the order in which labels came", () => {
    const x = judge();
    arrive(x, 0, P);
    label(x, [3, 1], [Y[3]!, Y[1]!]);
    x.learned(2, 1);
    x.learned(3, 3);
    label(x, [0, 2, 4], [Y[0]!, Y[2]!, Y[4]!]);
    arrive(x, 8, [1]);
    x.learned(Number.NaN, 1);
    label(x, [7, 6, 5, 8], [1, -1, 0, 1]);
    assert.equal(rows.length, 2);
    const [first, second] = rows as [Judgement, Judgement];
    assert.deepEqual(
      [first.time, first.rows, first.samples, first.unjudged, first.steps, first.loss, first.drift],
      [20, 8, 4, 0, 4, 2.5, false],
    );
    // |0.5-1|, |-1+0.5|, |0.25+0.25|, |2-1.5|
    assert.deepEqual([first.mae, first.rmse, first.hit], [0.5, 0.5, 0.75]);
    assert.deepEqual([second.time, second.rows, second.samples, second.steps], [50, 1, 4, 1]);
    assert.deepEqual([second.loss, second.mae], [Number.NaN, (0.5 + 0.5 + 1.25 + 0.5) / 4]);
    x.end();
    x.end();
    assert.deepEqual([rows.length, rows[2]!.samples, rows[2]!.time, rows[2]!.mae], [3, 1, 80, 0]);
  });

  it("gives a row for each window of event time that has samples; late labels count in the one that is open", () => {
    const x = judge({ windowrows: 0, windowtime: 30 });
    arrive(x, 0, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
    label(x, [0, 2, 4, 1, 5, 10], [1, 1, 1, 1, 1, 1]);
    assert.deepEqual(
      rows.map(({ time, samples }) => [time, samples]),
      [
        [20, 2],
        [50, 3],
      ],
    );
    // the next day's times begin anew
    x.end();
    arrive(x, 11, [1, 1, 1], { time: (i) => i - 11 });
    label(x, [11, 12], [1, 1]);
    assert.deepEqual([rows.length, rows[2]!.time], [3, 100]);
    arrive(x, 14, [1], { time: () => 31 });
    label(x, [13, 14], [1, 1]);
    assert.deepEqual([rows.length, rows[3]!.time, rows[3]!.samples], [4, 2, 3]);
  });

  it("gives a row of a window of time early, when it has too many samples to hold", () => {
    const x = judge({ windowrows: 0, windowtime: 1e15, keep: 2 ** 12 });
    const some = new Array(2 ** 12).fill(1);
    for (let first = 0; first <= LONGEST_WINDOW; first += 2 ** 12) {
      arrive(x, first, some);
      label(
        x,
        some.map((_, i) => first + i),
        some,
      );
    }
    assert.deepEqual(
      rows.map(({ samples }) => samples),
      [1_048_576],
    );
    x.end();
    assert.equal(rows[1]!.samples, 4096);
  });

  it("says so where a label has no prediction, or none that can be compared", () => {
    const x = judge({ windowrows: 1 });
    arrive(x, 0, [1, Number.NaN, 1]);
    label(x, [7, 1, 2, -1, Number.NaN, 0.5, 0], [1, 1, Number.NaN, 1, 1, 1, 1]);
    label(x, [0], [1]);
    assert.deepEqual([rows.length, rows[0]!.samples, rows[0]!.unjudged], [1, 1, 6]);
    arrive(x, 3, [5]);
    label(x, [3], [5]);
    assert.equal(rows[1]!.unjudged, 1);
  });

  it("keeps the latest so many predictions, however many have gone", () => {
    for (const keep of [1, 3, 1500, 5000]) {
      const x = judge({ windowrows: 1, keep });
      const many = new Array(700).fill(1);
      for (let first = 0; first < 14_000; first += 700) arrive(x, first, many);
      const last = 14_000 - keep;
      label(x, [last - 1, last, 13_999], [1, 1, 1]);
      assert.equal(rows.length, keep === 1 ? 1 : 2);
      assert.equal(rows[0]!.unjudged, 1);
      assert.equal((x.save().numbers as Float64Array).length, Math.max(0, keep - 2));
    }
  });

  it("marks the row in which the loss has drifted", () => {
    const x = judge({ windowrows: 1, drift: { delta: 0.005, lambda: 5, warmup: 10 } });
    arrive(x, 0, new Array(30).fill(1));
    for (let i = 0; i < 30; i++) {
      x.learned(i < 15 ? 1 + (i % 2) / 10 : 4, 1);
      label(x, [i], [1]);
    }
    assert.deepEqual(
      [rows.findIndex(({ drift }) => drift) >= 15, rows.filter(({ drift }) => drift).length],
      [true, 1],
    );
  });

  for (const [name, more] of [
    ["values", { windowrows: 7 }],
    ["two columns", { width: 2, windowrows: 7 }],
    ["two classes", { kind: "classes", width: 2, windowrows: 7 }],
    ["windows of time", { windowrows: 0, windowtime: 50 }],
    ["few kept", { windowrows: 5, keep: 6 }],
  ] as const)
    it(`saved and taken up again anywhere, it gives the same rows: ${name}`, () => {
      const all = { ...options, ...more } as JudgeOptions;
      const drift = { delta: 0, lambda: 3, warmup: 5 };
      const run = (cut: number): Judgement[] => {
        const random = new Random(11);
        const out: Judgement[] = [];
        const make = (): Judge => new Judge({ ...all, drift }, (row) => out.push(row));
        let x = make();
        let [arrived, known] = [0, 0];
        for (let step = 0; step < 120; step++) {
          if (step === cut) {
            const state = structuredClone(x.save());
            x = make();
            x.load(state);
          }
          const count = random.below(4);
          const { width } = all;
          arrive(
            x,
            arrived,
            Array.from({ length: count * width }, () => random.unit() - 0.5),
            { width },
          );
          arrived += count;
          while (known < arrived && random.chance(0.7)) {
            const target =
              all.kind === "classes" ? [random.below(2)] : [random.unit() - 0.5, random.unit() - 0.5];
            label(x, [known++], target);
          }
          if (random.chance(0.5)) x.learned(random.unit() * (step > 60 ? 5 : 1), 1);
        }
        x.end();
        return out;
      };
      const whole = run(-1);
      assert.ok(whole.length > 3);
      for (let cut = 0; cut < 120; cut++) assert.deepEqual(run(cut), whole, `cut at ${cut}`);
    });

  it("a state that is another judge's is refused", () => {
    const state = judge().save();
    assert.throws(() => judge({ width: 2 }).load(state), {
      name: "KError",
      message: /: sums is not what was kept$/,
    });
    assert.throws(() => judge().load({}), { name: "KError", message: /: window is not what was kept$/ });
    assert.throws(() => judge().load({ ...state, metrics: 1 }), {
      message: /: metrics is not what was kept$/,
    });
    assert.throws(() => judge().load({ ...state, times: new Float64Array(3) }), {
      message: /: times is not what was kept$/,
    });
  });
});
