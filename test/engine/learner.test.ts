/** A feed's learner: the same steps as the k api's, in strict order, with random numbers of its own, and its guard. */
import assert from "node:assert/strict";
import { asHandle } from "../../server/engine/handle.js";
import type { FeedArray, Learned, LearnWork } from "../../server/engine/index.js";
import { Q } from "../api/rig.js";

const SEVEN = ["sgd", "adam", "adamw", "rmsprop", "adagrad", "lamb", "lbfgs"];
const NET = "q:module seq(`sequential; (`linear;2;4); `tanh; (`linear;4;1))";
const DROPPING = "q:module seq(`sequential; (`linear;2;8); (`drop;.5); (`linear;8;1))";
const NORMED = "q:module seq(`sequential; (`linear;2;4); (`batchnorm1d;4); (`linear;4;1))";
const CLASSES = "q:module seq(`sequential; (`linear;2;3); (`logsoftmax;1))";

/** Numbers from a fixed sequence, between -1 and 1. */
function numbers(count: number, seed = 1): Float64Array {
  let x = seed;
  return Float64Array.from({ length: count }, () => {
    x = (x * 48271) % 2147483647;
    return Math.fround(x / 1073741823.5 - 1);
  });
}

const rows = (values: Float64Array | Int32Array, width: number): FeedArray => ({
  values,
  sizes: [values.length / width, width],
});

interface Batches {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly counts: readonly number[];
}

/** Batches without arrivals. */
const learning = ({ x, y, counts }: Batches): LearnWork => ({
  arrivals: [],
  cuts: counts.map(() => 0),
  inputs: [rows(x, 2)],
  targets: rows(y, 1),
  counts,
});

const batches = (counts: readonly number[], seed = 1): Batches => {
  const count = counts.reduce((sum, each) => sum + each, 0);
  return { x: numbers(2 * count, seed), y: numbers(count, seed + 99), counts };
};

/** The k literal of rows as reals. */
const reals = (values: Float64Array, width: number): string =>
  `${width === 1 ? "" : `0N ${width}#`}"e"$(),${[...values].join(" ")}`;

describe("a feed's learner", () => {
  let q: Q;
  beforeEach(() => {
    q = new Q();
  });
  afterEach(() => q.free());

  const handle = async (name: string): Promise<number> => asHandle(await q.value(name))!;

  async function feed(
    network: string,
    { optimizer = "(`adam;q;.01)", loss = "`mse", seed = 3n, steps = 1n, champion = 0n } = {},
  ): Promise<number> {
    await q.run("seed 42", network, `m:model(q;loss${loss};opt${optimizer})`);
    return await q.engine.learner(await handle("m"), { seed, steps, champion });
  }

  async function parameters(of = "m"): Promise<string> {
    const { parameters, buffers } = await q.engine.storedTensors(await handle(of));
    return [...parameters, ...buffers].map(({ bytes }) => Buffer.from(bytes).toString("hex")).join("/");
  }

  const learn = async (learner: number, work: LearnWork): Promise<Learned> => {
    const learned = await q.engine.learn(learner, work);
    assert.equal(learned.failed, undefined);
    return learned;
  };

  for (const optimizer of SEVEN.slice(0, -1))
    it(`makes the steps of backstep to the bit: ${optimizer}`, async () => {
      const learner = await feed(NET, { optimizer: `(\`${optimizer};q;.01)`, steps: 2n });
      const given = batches([4, 3, 5]);
      const { losses, done } = await learn(learner, learning(given));
      const learned = await parameters();
      await q.run("seed 42", NET, `m:model(q;loss\`mse;opt(\`${optimizer};q;.01))`);
      assert.notEqual(await parameters(), learned);
      let at = 0;
      for (const [i, count] of given.counts.entries()) {
        await q.run(
          `x:${reals(given.x.subarray(2 * at, 2 * (at + count)), 2)}`,
          `y:0N 1#${reals(given.y.subarray(at, at + count), 1)}`,
          "l:backstep(m;x;y)",
          "backstep(m;x;y)",
        );
        await q.gives('"f"$l', `"f"$"e"$${losses[i]}`);
        at += count;
      }
      assert.equal(await parameters(), learned);
      assert.equal(done, 3);
    });

  it("takes the model's clipping, and leaves frozen parameters as they are", async () => {
    const learner = await feed(NET, { optimizer: "(`sgd;q;.1;.9)" });
    await q.run("train(m;`clipnorm;.01)", "freeze(m;`0.weight)", "w:tensor parm(m;`0.weight)");
    const given = batches([6]);
    await learn(learner, learning(given));
    await q.gives("w~tensor parm(m;`0.weight)", "1b");
    const learned = await parameters();
    await q.run(
      "seed 42",
      NET,
      "m:model(q;loss`mse;opt(`sgd;q;.1;.9))",
      "train(m;`clipnorm;.01)",
      "freeze(m;`0.weight)",
      `backstep(m;${reals(given.x, 2)};0N 1#${reals(given.y, 1)})`,
    );
    assert.equal(await parameters(), learned);
  });

  it("goes on predicting where all is frozen", async () => {
    const learner = await feed(NET);
    await q.run("freeze m");
    const before = await parameters();
    const { losses, done, skipped } = await learn(learner, learning(batches([2, 2])));
    assert(losses.every(Number.isFinite));
    assert.deepEqual([done, skipped], [2, []]);
    assert.equal(await parameters(), before);
  });

  it("predicts each row by what was learned before it, in the modules' evaluation mode", async () => {
    const learner = await feed(DROPPING, { optimizer: "(`sgd;q;.1)" });
    const given = batches([2, 2]);
    const arrivals = numbers(10, 7);
    const learned = await learn(learner, {
      ...learning(given),
      arrivals: [rows(arrivals, 2)],
      cuts: [2, 4],
    });
    assert.deepEqual([learned.rows, learned.width], [5, 1]);
    assert.deepEqual([...learned.versions], [0, 0, 1, 1, 2]);
    await q.gives("training m", "1b");
    // The same one by one.
    const again = await feed(DROPPING, { optimizer: "(`sgd;q;.1)" });
    const predicted: number[] = [];
    for (const [from, to, batch] of [
      [0, 2, 0],
      [2, 4, 1],
      [4, 5, -1],
    ] as const) {
      await q.run(`p:"f"$raze evaluate(m;0N 2#"e"$(),${[...arrivals.subarray(2 * from, 2 * to)].join(" ")})`);
      const bytes = (await q.value("p")) as unknown as { bytes: Uint8Array };
      predicted.push(...new Float64Array(Uint8Array.from(bytes.bytes).buffer));
      if (batch < 0) continue;
      await learn(
        again,
        learning({
          x: given.x.slice(4 * batch, 4 * batch + 4),
          y: given.y.slice(2 * batch, 2 * batch + 2),
          counts: [2],
        }),
      );
    }
    assert.deepEqual([...learned.predictions], predicted);
  });

  it("draws the same random numbers whatever others draw, and leaves theirs alone", async () => {
    const works = [1, 2, 3].map((seed) => learning(batches([8], seed)));
    const first = await feed(DROPPING);
    for (const work of works) await learn(first, work);
    const alone = await parameters();
    const second = await feed(DROPPING);
    await q.run("seed 5", "a:tensor(`rand;3)", "seed 5");
    await learn(second, works[0]!);
    await q.gives("a:tensor a;a~tensor tensor(`rand;3)", "1b");
    await learn(second, works[1]!);
    await q.run("tensor(`randn;1000)");
    await learn(second, works[2]!);
    assert.equal(await parameters(), alone);
    const other = await feed(DROPPING, { seed: 4n });
    for (const work of works) await learn(other, work);
    assert.notEqual(await parameters(), alone);
  });

  for (const optimizer of SEVEN.slice(0, -1))
    it(`goes on from its state and its tensors to the bit: ${optimizer}`, async () => {
      const options = { optimizer: `(\`${optimizer};q;.01)`, champion: 2n };
      const first = await feed(DROPPING, options);
      await learn(first, learning(batches([4, 4, 4])));
      const { engine } = q;
      const state = await engine.learnerState(first);
      assert.deepEqual([state.steps, state.batches, state.skipped, state.version], [3n, 3n, 0n, 1n]);
      const stored = await engine.storedTensors(await handle("m"));
      const champion = await engine.storedTensors((await engine.championModule(first))!);
      const rest = {
        ...learning(batches([4, 4], 9)),
        arrivals: [rows(numbers(6), 2)],
        cuts: [1, 2],
        both: true,
      };
      const expected = await learn(first, rest);
      const end = await parameters();
      const second = await feed(DROPPING.replace("q:", "seed 1;q:"), options);
      await engine.restoreTensors(await handle("m"), stored);
      await engine.restoreTensors((await engine.championModule(second))!, champion);
      await engine.restoreLearner(second, state);
      const learned = await learn(second, rest);
      assert.deepEqual(learned, expected);
      assert.deepEqual([...learned.versions], [1, 2, 2]);
      assert.equal(await parameters(), end);
    });

  describe("the guard", () => {
    it("skips a batch whose loss is not finite: all is as before it", async () => {
      const learner = await feed(NORMED);
      await learn(learner, learning(batches([4])));
      const before = await q.engine.storedTensors(await handle("m"));
      const bad = batches([4, 4]);
      bad.y[1] = Number.NaN;
      bad.x[8 + 1] = Number.POSITIVE_INFINITY;
      const { losses, skipped, done, stopped, broken } = await learn(learner, learning(bad));
      assert.deepEqual(
        [[...losses], skipped],
        [
          [Number.NaN, Number.NaN],
          [0, 1],
        ],
      );
      assert.deepEqual([done, stopped, broken], [2, false, false]);
      assert.deepEqual(await q.engine.storedTensors(await handle("m")), before);
      const { skipped: counted, batches: learned } = await q.engine.learnerState(learner);
      assert.deepEqual([counted, learned], [2n, 1n]);
    });

    it("skips a batch whose gradient alone is not finite", async () => {
      // The loss is 1e30; the gradient would be 2e45, more than a float holds.
      const learner = await feed("q:module enlist(`linear;2;1)", { optimizer: "(`sgd;q;.1)" });
      await q.run("parm(m;`weight;enlist 0 0e)", "parm(m;`bias;enlist 0e)");
      const before = await parameters();
      const huge = { x: new Float64Array([1e30, 1e30]), y: new Float64Array([1e15]), counts: [1] };
      const { skipped } = await learn(learner, learning(huge));
      assert.deepEqual(skipped, [0]);
      assert.equal(await parameters(), before);
    });

    it("stops after three in a row, and goes on predicting", async () => {
      const learner = await feed(NET);
      const bad = batches([1, 1, 1, 1]);
      bad.y.fill(Number.NaN, 0, 3);
      const arrivals = [rows(numbers(10), 2)];
      const first = await learn(learner, { ...learning(bad), arrivals, cuts: [0, 0, 0, 1] });
      assert.deepEqual([first.done, first.stopped, first.skipped, first.rows], [3, true, [0, 1, 2], 5]);
      const second = await learn(learner, learning(batches([1])));
      assert.deepEqual([second.done, second.stopped, second.skipped], [1, false, []]);
      assert.equal((await q.engine.learnerState(learner)).row, 0n);
    });

    it("says when a step itself overflows", async () => {
      const learner = await feed(NET, { optimizer: "(`sgd;q;1e38)" });
      const large = { x: new Float64Array([1e3, 1e3]), y: new Float64Array([1e3]), counts: [1] };
      const { broken, skipped } = await learn(learner, learning(large));
      assert.deepEqual([broken, skipped], [true, []]);
    });
  });

  describe("the champion", () => {
    it("is a frozen copy that predicts, renewed every so many steps or when told", async () => {
      const learner = await feed(NET, { champion: 2n });
      const { engine } = q;
      const work = {
        ...learning(batches([4, 4, 4])),
        arrivals: [rows(numbers(8), 2)],
        cuts: [1, 2, 3],
        both: true,
      };
      const { predictions, own, versions } = await learn(learner, work);
      assert.deepEqual([...versions], [0, 0, 1, 1]);
      const same = [...predictions].map((each, i) => each === own![i]);
      assert.deepEqual(same, [true, false, true, false]);
      const champion = (await engine.championModule(learner))!;
      assert.equal(engine.kind(champion), "module");
      const { frozen } = await engine.storedTensors(champion);
      assert.equal(frozen.length, 4);
      await engine.promote(learner);
      const [now, model] = [
        await engine.storedTensors(champion),
        await engine.storedTensors(await handle("m")),
      ];
      assert.deepEqual(now.parameters, model.parameters);
      assert.equal((await engine.learnerState(learner)).version, 2n);
    });

    it("that is not there is said", async () => {
      const learner = await feed(NET);
      assert.equal(await q.engine.championModule(learner), undefined);
      await assert.rejects(async () => q.engine.promote(learner), /feed: there is no champion to renew/);
    });

    it("draws nobody's random numbers", async () => {
      await q.run(
        "seed 42",
        NET,
        "m:model(q;loss`mse;opt(`adam;q))",
        "seed 5",
        "a:tensor(`rand;3)",
        "seed 5",
      );
      await q.engine.learner(await handle("m"), { seed: 1n, steps: 1n, champion: 1n });
      await q.gives("a:tensor a;a~tensor tensor(`rand;3)", "1b");
    });
  });

  it("gives class losses classes, and others the output's shape", async () => {
    const three = new Float64Array([0, 2, 1, 2]);
    for (const loss of ["`nll", "`ce", "`multimargin"]) {
      const learner = await feed(CLASSES, { loss });
      const { losses } = await learn(learner, learning({ x: numbers(8), y: three, counts: [4] }));
      await q.run("seed 42", CLASSES, `m:model(q;loss${loss};opt(\`adam;q;.01))`);
      await q.gives(`"f"$backstep(m;${reals(numbers(8), 2)};0 2 1 2)`, `"f"$"e"$${losses[0]}`);
      for (const bad of [3, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, -9e18]) {
        const y = three.with(2, bad);
        const { failed, done } = await q.engine.learn(learner, learning({ x: numbers(8), y, counts: [4] }));
        assert.match(failed!, /target .* of sample 2, a class from 0 to 2 expected/);
        assert.equal(done, 0);
        q.engine.release(learner);
        break;
      }
    }
    const flat = await feed("q:module seq(`sequential; (`linear;2;1); (`flatten;0))");
    assert((await learn(flat, learning(batches([5])))).losses.every(Number.isFinite));
  });

  it("takes codes for an embedding, and windows", async () => {
    const coded = await feed("q:module seq(`sequential; (`embed;4;3); (`flatten;1); (`linear;6;1))");
    const codes = { values: new Int32Array([0, 1, 2, 3]), sizes: [2, 2] };
    const work = { arrivals: [codes], cuts: [2], inputs: [codes], targets: rows(numbers(2), 1), counts: [2] };
    assert.equal((await learn(coded, work)).predictions.length, 2);
    const beyond = { ...codes, values: new Int32Array([0, 1, 2, 4]) };
    const { failed, rows: predicted } = await q.engine.learn(coded, { ...work, arrivals: [beyond] });
    assert.match(failed!, /index|range/i);
    assert.equal(predicted, 0);
    const windowed = await feed("q:module seq(`sequential; (`flatten;1); (`linear;6;1))");
    const window = { values: numbers(12), sizes: [2, 3, 2] };
    await learn(windowed, { ...work, arrivals: [window], inputs: [window] });
  });

  it("converts to the module's type", async () => {
    const learner = await feed(`${NET};to(q;\`double)`);
    const x = new Float64Array([0.1, 0.2]);
    const { predictions } = await learn(learner, {
      arrivals: [rows(x, 2)],
      cuts: [],
      inputs: [],
      counts: [],
    });
    await q.gives("first raze evaluate(m;enlist .1 .2)", `${predictions[0]}`);
  });

  it("does what comes before a failure, and says how far it came", async () => {
    const learner = await feed(NORMED);
    const work = { ...learning(batches([2, 1])), arrivals: [rows(numbers(6), 2)], cuts: [1, 2] };
    const before = (await q.engine.storedTensors(await handle("m"))).buffers.length;
    const { failed, done, rows: predicted, losses } = await q.engine.learn(learner, work);
    assert.match(failed!, /more than 1 value per channel/);
    assert.deepEqual([done, predicted, Number.isFinite(losses[0]), losses[1]], [1, 2, true, Number.NaN]);
    assert.equal((await q.engine.storedTensors(await handle("m"))).buffers.length, before);
    const wide = { values: numbers(6), sizes: [2, 3] };
    const wrong = await q.engine.learn(learner, { ...work, arrivals: [wide], cuts: [1, 2] });
    assert.match(wrong.failed!, /feed: inputs of sizes \[1, 3\]/);
  });

  it("refuses work whose parts do not fit, before it begins", async () => {
    const learner = await feed(NET);
    const x = rows(numbers(8), 2);
    const good: LearnWork = {
      arrivals: [x],
      cuts: [1],
      inputs: [x],
      targets: rows(numbers(4), 1),
      counts: [4],
    };
    const bad: readonly (readonly [Partial<LearnWork>, RegExp])[] = [
      [{ arrivals: [{ values: numbers(8), sizes: [5, 2] }] }, /8 values for an array of sizes \[5, 2\]/],
      [{ arrivals: [{ values: numbers(8), sizes: [-4, -2] }] }, /an array of sizes/],
      [{ arrivals: [{ values: numbers(8), sizes: [2 ** 33, 2 ** 33] }] }, /an array of sizes/],
      [{ arrivals: [{ values: numbers(8), sizes: [] }] }, /without sizes/],
      [{ arrivals: [{ values: new Float64Array(0), sizes: [2 ** 40, 0] }] }, /rows at once/],
      [{ arrivals: [x, rows(numbers(6), 2)] }, /input 1 is of sizes \[3, 2\], 4 rows expected/],
      [
        { arrivals: [{ values: new Uint8Array(8) as never, sizes: [8] }] },
        /Float64Array or Int32Array expected/,
      ],
      [{ cuts: [5] }, /batch 0 comes after row 5, from 0 to 4 expected/],
      [{ cuts: [-1] }, /batch 0 comes after row -1/],
      [{ cuts: [2, 1], counts: [2, 2] }, /batch 1 comes after row 1, from 2/],
      [{ cuts: [Number.NaN] }, /./],
      [{ cuts: [1, 2] }, /2 places for 1 batches/],
      [{ counts: [3] }, /input of the batches 0 is of sizes \[4, 2\], 3 rows expected/],
      [{ counts: [0] }, /batch 0 has 0 samples/],
      [{ counts: [-4] }, /batch 0 has -4 samples/],
      [{ counts: [2 ** 53] }, /samples/],
      [{ inputs: [] }, /batches without inputs/],
      [{ targets: undefined }, /batches without targets/],
      [{ targets: rows(numbers(3), 1) }, /target 0 is of sizes \[3, 1\], 4 rows expected/],
      [{ targets: rows(new Int32Array(4), 1) }, /targets are doubles/],
    ];
    const before = await parameters();
    for (const [part, error] of bad.filter(([{ cuts }]) => !Number.isNaN(cuts?.[0])))
      await assert.rejects(
        async () => q.engine.learn(learner, { ...good, ...part }),
        error,
        JSON.stringify(part),
      );
    assert.equal(await parameters(), before);
    await learn(learner, good);
  });

  it("has nothing to do", async () => {
    const learner = await feed(NET);
    const learned = await learn(learner, { arrivals: [], cuts: [], inputs: [], counts: [] });
    assert.deepEqual([learned.rows, learned.width, learned.done, learned.losses.length], [0, 0, 0, 0]);
    const none = { values: new Float64Array(0), sizes: [0, 2] };
    assert.equal((await learn(learner, { arrivals: [none], cuts: [], inputs: [], counts: [] })).rows, 0);
  });

  it("is one of a model, and keeps it alive", async () => {
    const learner = await feed(NET);
    const model = await handle("m");
    const options = { seed: 1n, steps: 1n, champion: 0n };
    await assert.rejects(async () => q.engine.learner(model, options), /feed: the model learns already/);
    q.engine.release(learner);
    const second = await q.engine.learner(model, options);
    await q.run("free m");
    await learn(second, learning(batches([3])));
  });

  it("refuses what cannot be learned so", async () => {
    const refused = async (loss: string, optimizer: string, options = {}): Promise<void> => {
      await feed(NET, { loss, optimizer, ...options });
    };
    await assert.rejects(refused("`mse", "(`lbfgs;q)"), /lbfgs learns from all data at once/);
    await assert.rejects(refused("`triplet", "(`sgd;q)"), /triplet compares 3 inputs/);
    await assert.rejects(refused("`mse", "(`sgd;q)", { steps: 0n }), /0 steps a batch/);
    await assert.rejects(refused("`mse", "(`sgd;q)", { champion: -1n }), /every so many steps, not -1/);
    const learner = await feed(NET, { loss: "(`mse;`none)" });
    const { failed } = await q.engine.learn(learner, learning(batches([3])));
    assert.match(failed!, /the loss is of sizes \[3, 1\], a single number expected/);
  });

  it("refuses a state that is none", async () => {
    const learner = await feed(NET);
    const { engine } = q;
    const state = await engine.learnerState(learner);
    const random = state.random.slice();
    const bad = [
      new Uint8Array(0),
      random.subarray(1),
      new Uint8Array([...random, 0]),
      random.map(() => 255),
    ];
    for (const bytes of bad)
      await assert.rejects(async () => engine.restoreLearner(learner, { ...state, random: bytes }));
    await assert.rejects(
      async () => engine.restoreLearner(learner, { ...state, steps: -1n }),
      /a count of -1/,
    );
    assert.deepEqual(await engine.learnerState(learner), state);
  });

  it("is an object of the class feed", async () => {
    const learner = await feed(NET, { champion: 1n });
    assert.equal(q.engine.kind(learner), "feed");
    await q.gives("exec class from obj[] where not class in`module`model", "enlist`feed");
    await q.gives("exec bytes from obj[] where class=`feed", "enlist 68");
    await q.assign("f", (await import("../../server/engine/handle.js")).handleK(learner));
    await q.gives("class f", "`feed");
    for (const name of [
      "objtype",
      "sync",
      "help",
      "options",
      "str",
      "addref",
      "names",
      "forward",
      "parms",
      "clone",
    ])
      await q
        .signals(`${name} f`, undefined as never)
        .catch((error: Error) => assert.match(error.message, /./));
    await q.gives("free f;mapped f", "0b");
  });
});
