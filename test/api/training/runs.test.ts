/** Runs over a model's data (docs/train.rst): what they compute, and what happens beside them. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { plain } from "../../protocol/plain.js";
import { Q, talk } from "../rig.js";

/** One weight, no bias: w, the loss (w*x-y)^2, a step of rate*2*x*(w*x-y). */
const ONE = "q:module enlist(`linear;1;1;0b);parm(q;`weight;2);m:model(q;loss`mse;opt(`sgd;q;.1))";
const COLUMN = 'c:{enlist each"e"$x}';
/** The same in q, over batches of one row. */
const STEPS = "f:{[w;x;y]l:();i:0;while[i<count x;l,:d*d:(w*x i)-y i;w-:.1*2*d*x i;i+:1];(w;l)}";
const CLOSE = "near:{all .00001>abs(raze x)-raze y}";

describe("run", () => {
  talk("trains batch by batch; loss is the mean of the batches' losses", [
    [ONE],
    [COLUMN],
    [STEPS],
    [CLOSE],
    ["x:1 .5 -1 2f;y:0 1 1 .5"],
    ["train(m;`batchsize`metrics;(1;`loss`batchloss))"],
    ["train(m;c x;c y)", "4"],
    ["e:f[2f;x;y]"],
    ["r:run m"],
    ["near[r 1;e 1]", "1b"],
    ["near[r 0;avg e 1]", "1b"],
    ["near[tensor parm(m;`weight);e 0]", "1b"],
    ["e:f[e 0;x;y];r:run m"],
    ["near[r 1;e 1]", "1b"],
    ["near[tensor parm(m;`weight);e 0]", "1b"],
    ["data m", "(c x;c y)"],
  ]);

  talk("data given with the call stays", [
    [ONE],
    [COLUMN],
    ["run m", "(::)"],
    ["r:run(m;c 1 2;c 2 4);r", "0e"],
    ["run m", "0e"],
    ["data m", "(c 1 2;c 2 4)"],
    ["train(m;`batchsize;0)"],
    ["run m", "(::)"],
    ["run(m;c 1 2 3;c 1 2)", "'tensor size mismatch, 3 vs 2"],
    ["run(m;c 1 2)", "'mse: loss calculation not implemented for tensor input & empty target"],
    ["data m", "(c 1 2;c 2 4)"],
    ["run 1", "'run: model expected as 1st argument, given long scalar"],
    ["run(module`relu;1;2)", "'run: model expected as 1st argument, given module"],
  ]);

  talk("metrics as k values, a dictionary, tensors", [
    ["m:model(module`identity;loss`ce;opt`sgd)"],
    ["x:(1 0 0e;0 2 0e;3 0 0e;0 0 1e)"],
    ["test(m;`batchsize`metrics;(2;`accuracy`matches`predict`output))"],
    ["testdata(m;x;0 1 2 1)", "2"],
    // the last two are wrong
    ["testrun m", "(50e;2 4;0 1 0 2;x)"],
    ["test(m;`dictionary;1b)"],
    ["testrun m", "`accuracy`matches`predict`output!(50e;2 4;0 1 0 2;x)"],
    ["test(m;`tensor;1b)"],
    ["class r:testrun m", "`dictionary"],
    ["dict r", "`accuracy`matches`predict`output!(50e;2 4;0 1 0 2;x)"],
    ["test(m;`dictionary;0b)"],
    ["class r:testrun m", "`vector"],
    ["vector r", "(50e;2 4;0 1 0 2;x)"],
    ["test(m;`metrics;`predict)"],
    ["tensor testrun m", "0 1 0 2"],
    ["test(m;`tensor`metrics;(0b;()))"],
    ["testrun m", "()"],
    ["test(m;`metrics;`hidden)"],
    ["testrun m", "'metric: unable to retrieve hidden from tensor output"],
    ["testrun(m;x)", "'metric: unable to retrieve hidden from tensor output"],
    ["test(m;`metrics;`accuracy)"],
    ["testrun m", "'unable to calculate matches from empty of target(s)"],
  ]);

  talk("a metric that cannot be had changes nothing, and the next run begins anew", [
    [ONE],
    [COLUMN],
    ["train(m;`batchsize`metrics;(1;`hidden))"],
    ["run(m;c 1 2;c 1 1)", "'metric: unable to retrieve hidden from tensor output"],
    ["tensor parm(m;`weight)", "enlist enlist 2e"],
    ["train(m;`metrics;`batchloss)"],
    ["count run m", "2"],
  ]);

  talk("testrun leaves parameters, gradients and modes as they are", [
    [ONE],
    [COLUMN],
    ["test(m;`batchsize`metrics;(1;`batchloss))"],
    ["testrun(m;c 1 2;c 1 1)", "1 9e"],
    ["(tensor parm(m;`weight);grad parm(m;`weight);training m)", "(enlist enlist 2e;(::);1b)"],
    ["n:model(module seq(`sequential;(`drop;1f));loss`mse;opt`sgd)"],
    ["test(n;`metrics;`output)"],
    ["testrun(n;1 2e)", "1 2e"],
  ]);

  talk("what is frozen stays, what is clipped moves no further", [
    [ONE],
    [COLUMN],
    ["train(m;`clipvalue;.5)"],
    ["run(m;c enlist 10;c enlist 0)"],
    ["tensor parm(m;`weight)", "enlist enlist 1.95e"],
    ["freeze m"],
    ["run m", "'element 0 of tensors does not require grad and does not have a grad_fn"],
    ["unfreeze m"],
    ["run m;.00001>abs 1.9-first first tensor parm(m;`weight)", "1b"],
  ]);

  talk("droplast, tasks and a batch size beyond the data", [
    [ONE],
    [COLUMN],
    ["train(m;`batchsize`metrics`droplast;(2;`batchloss;1b))"],
    ["train(m;c til 5;c til 5)", "2"],
    ["count run m", "2"],
    ["train(m;`tasks`task;2 1)"],
    ["count run m", "1"],
    ["train(m;`tasks`task`batchsize;1 0 0W)"],
    ["count run m", "1"],
    ["train(m;`task;3)"],
    ["run m", "'run: task 3 implies at least 4 tasks, but only 1 defined"],
  ]);

  talk("shuffled: each epoch in another order, which the data keeps", [
    [ONE],
    [COLUMN],
    [STEPS],
    [CLOSE],
    ["x:.1*til 9;y:1-x"],
    ["train(m;`batchsize`shuffle`metrics;(1;1b;`batchloss))"],
    ["train(m;c x;c y)"],
    ["seed 5"],
    ["r:run m"],
    ["d:raze each data m"],
    ['d[0]~"e"$x', "0b"],
    ['("e"$x)~asc d 0', "1b"],
    ["near[r;last f[2f;d 0;d 1]]", "1b"],
    ["run m;d[0]~raze first data m", "0b"],
    ["unshuffle m"],
    ["data m", "(c x;c y)"],
  ]);

  talk("recurrent: the hidden state goes on from batch to batch", [
    ["q:module enlist(`gru;2;3)"],
    // four steps of two sequences
    ["x:tensor(`randn;4 2 2)"],
    ["o:first evaluate(q;x)"],
    ["m:model(q;loss`mse;opt(`sgd;q;0f))"],
    ["train(m;`batchsize`hidden`metrics;(2;1b;`output))"],
    [".00001>max abs raze raze o-run(m;x;tensor(`zeros;4 2 3))", "1b"],
    ["test(m;`batchsize`hidden`metrics;(1;1b;`output`hidden))"],
    ["r:testrun(m;x)"],
    [".00001>max abs raze raze o-first r", "1b"],
    ["size tensor last r", "4 2 3"],
    ["train(m;`hidden;0b)"],
    [".00001>max abs raze raze o-run m", "0b"],
  ]);

  talk("guard: a loss that is not finite leaves the model as it was before its batch", [
    ["q:module seq(`sequential;(`batchnorm1d;1);(`linear;1;1))"],
    ["m:model(q;loss`mse;opt(`sgd;q;.1))"],
    [COLUMN],
    ["train(m;`batchsize`guard;(2;1b))"],
    ["train m", "train(m;1b)"],
    ["last key train m", "`guard"],
    ["x:1 2 3 4f;y:1 2 0n 4"],
    ["run(m;c x;c y)", "'run: the loss of batch 2 of 2 is not finite; the model is as it was before it"],
    ["n:tensor buffer(m;`0.running_mean);w:dict parms m"],
    ["all{not any null raze x}each value w", "1b"],
    ["data(m;c 3 4f;c 0n 4)"],
    ["run m", "'run: the loss of batch 1 of 1 is not finite; the model is as it was before it"],
    ["(n~tensor buffer(m;`0.running_mean);w~dict parms m)", "11b"],
    ["train(m;`guard;0b)"],
    ["null run m", "1b"],
  ]);

  talk("a batch that fails is named where others went well", [
    [ONE],
    [COLUMN],
    ["train(m;`batchsize`hidden;(1;1b))"],
    ["run(m;c 1 2;c 1 1)", "'unable to retrive hidden state from tensor input & tensor output"],
    ["e:module enlist(`embed;3;1)"],
    ["m:model(e;loss`mse;opt(`sgd;e))"],
    ["train(m;`batchsize;1)"],
    ["run(m;0 1 9;c 1 1 1)", "'index out of range in self (run: batch 3 of 3)"],
    ["0<=run(m;0 1 2;c 1 1 1)", "1b"],
  ]);
});

/** 20,000 batches, about a second. */
const LONG = [
  "q:module enlist(`linear;3;1)",
  "m:model(q;loss`mse;opt(`sgd;q;1e-6))",
  "seed 1",
  "train(m;`batchsize;1)",
  "train(m;tensor(`randn;20000 3);tensor(`randn;20000 1))",
];

/** A run, and another session of the same user while it goes on. */
async function meanwhile(
  act: (other: Q, over: () => boolean) => Promise<void>,
  { set = [] as readonly string[], limit }: { set?: readonly string[]; limit?: number } = {},
): Promise<{ q: Q; result: unknown }> {
  const q = new Q(limit === undefined ? {} : { limit });
  const other = new Q({ beside: q });
  await q.run(...LONG, ...set);
  let over = false;
  const run = q.value("run m").then(
    (x) => plain(x),
    (error: Error) => error.message.split("\n")[0],
  );
  const ended = run.finally(() => {
    over = true;
  });
  await sleep(50);
  await act(other, () => over);
  return { q, result: await ended };
}

describe("while a run goes on", function () {
  this.timeout(60_000);

  it("others are answered, and what they do acts from the next batch", async () => {
    let before: unknown;
    const { q } = await meanwhile(async (other, over) => {
      await other.gives("gradflag m", "`weight`bias!11b");
      await other.run("freeze(m;`weight)");
      before = plain(await other.value("tensor parm(m;`weight)"));
      await other.run("b:tensor parm(m;`bias)");
      assert.equal(over(), false, "the run was to last longer");
      await sleep(20);
      // a step of the bias from here on is much larger
      await other.run("lr(m;.01)");
      assert.equal(over(), false, "the run was to last longer");
    });
    assert.deepEqual(plain(await q.value("tensor parm(m;`weight)")), before, "the weight is frozen");
    await q.gives(".0001<abs first b-tensor parm(m;`bias)", "1b");
    q.free();
  });

  it("the epochs that go on are known without their model", async () => {
    const { q } = await meanwhile(async (other, over) => {
      await other.run("h:history[]");
      await other.gives("h`epoch", "enlist 1");
      await other.gives("all(h`batch)within 1,h`batches", "1b");
      assert.equal(over(), false, "the run was to last longer");
    });
    await q.gives("count history[]", "0");
    q.free();
  });

  it("numbers drawn by others are not the run's", async () => {
    const drop = ["q:module seq(`sequential;(`drop;.5);(`linear;3;1))"];
    const rest = ["m:model(q;loss`mse;opt(`sgd;q;.001))", "train(m;`batchsize`shuffle;(1;1b))"];
    const data = "train(m;tensor(`randn;10000 3);tensor(`randn;10000 1))";
    const set = ["seed 9", ...drop, ...rest, data];
    const { q, result } = await meanwhile(
      async (other, over) => {
        await other.run("tensor(`randn;5)", "tensor(`randn;100)");
        assert.equal(over(), false, "the run was to last longer");
      },
      { set },
    );
    const drawn = plain(await q.value("tensor tensor(`randn;3)"));
    const alone = new Q();
    await alone.run(...set);
    assert.deepEqual(result, plain(await alone.value("run m")));
    assert.deepEqual(drawn, plain(await alone.value("tensor tensor(`randn;3)")), "what follows the run");
    q.free();
    alone.free();
  });

  it("a seed that another sets is the others' from then on, the run's end included; the run's numbers stay", async () => {
    const set = ["seed 9", ...LONG.slice(0, 2), "train(m;`batchsize`shuffle;(1;1b))", LONG.at(-1)!];
    const { q, result } = await meanwhile(
      async (other, over) => {
        await other.run("seed 7", "a:tensor tensor(`randn;5)", "seed 7");
        await other.gives("a~tensor tensor(`randn;5)", "1b");
        assert.equal(over(), false, "the run was to last longer");
      },
      { set },
    );
    const drawn = plain(await q.value("tensor tensor(`randn;3)"));
    const alone = new Q();
    await alone.run(...set);
    assert.deepEqual(result, plain(await alone.value("run m")));
    await alone.run("seed 7", "tensor(`randn;5)");
    assert.deepEqual(drawn, plain(await alone.value("tensor tensor(`randn;3)")), "what follows the run");
    q.free();
    alone.free();
  });

  it("autocast is the run's alone: what others compute meanwhile is float", async () => {
    const { q } = await meanwhile(
      async (other, over) => {
        await other.run("p:module enlist(`linear;1;1;0b)", "parm(p;`weight;2)");
        for (let i = 0; i < 5; i++)
          await other.gives("evaluate(p;enlist enlist 1.001953125e)", "enlist enlist 2.00390625e");
        assert.equal(over(), false, "the run was to last longer");
      },
      { set: ["train(m;`autocast;`bfloat16)"] },
    );
    await q.gives("evaluate(p;enlist enlist 1.001953125e)", "enlist enlist 2.00390625e");
    q.free();
  });

  it("a second run of the same model is refused, a test run is not", async () => {
    const { q, result } = await meanwhile(async (other) => {
      await other.signals("run m", "run: the model is being trained by another call");
      await other.gives("test(m;`metrics;`loss);r:testrun(m;2 3#1e;(enlist 1e;enlist 1e));0<=r", "1b");
    });
    assert.ok(Array.isArray(result), "the run has a result");
    await q.run("run m");
    q.free();
  });

  it("new data, metrics or no model end it with a reason; then all begins anew", async () => {
    const data = await meanwhile((other) => other.run("train(m;2 3#1e;2 1#1e)"));
    assert.match(String(data.result), /^run: the data was replaced after batch \d+ of 20000$/);
    await data.q.gives("0<=run m", "1b");
    const metrics = await meanwhile((other) => other.run("train(m;`metrics;`batchloss)"));
    assert.match(String(metrics.result), /^run: the metrics were changed after batch \d+ of 20000$/);
    const freed = await meanwhile((other) => other.run("free m"));
    assert.equal(freed.result, "stale pointer");
    for (const { q } of [data, metrics, freed]) q.free();
  });

  it("another batch size, another loss and another optimizer go on from there", async () => {
    const { q, result } = await meanwhile(async (other) => {
      await other.run("train(m;`batchsize;1000)", "model(m;loss`l1)", "model(m;opt(`adam;m))");
    });
    assert.ok(Array.isArray(result), String(result));
    await q.gives("opt[opt m]`optimizer", "`adam");
    q.free();
  });

  it("its time is over, or its user asks for the end: the next begins anew", async () => {
    const set = ["train(m;tensor(`randn;400000 3);tensor(`randn;400000 1))"];
    const timed = await meanwhile(async () => {}, { set, limit: 1000 });
    assert.equal(timed.result, "stop");
    await timed.q.run("train(m;`batchsize`metrics;(100000;`batchloss))");
    await timed.q.gives("count run m", "4");
    timed.q.free();
  });
});
