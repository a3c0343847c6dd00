/** Beyond ktorch: several epochs in one call, the history of a model, and `fit`. */
import { talk } from "../rig.js";

const ONE = "q:module enlist(`linear;1;1;0b);parm(q;`weight;2);m:model(q;loss`mse;opt(`sgd;q;.1))";
const COLUMN = 'c:{enlist each"e"$x}';

describe("run(m;n) and history", () => {
  talk("so many epochs, an answer each; all are in the history", [
    [ONE],
    [COLUMN],
    ["count history m", "0"],
    ["train(m;c 1 2;c 1 2)"],
    ["r:run(m;3)"],
    ["(count r;type r;all 0>1_deltas r)", "(3;8h;1b)"],
    ["h:history m"],
    ["cols h", "`epoch`batch`batches`loss`rate`seconds"],
    ["(h`epoch;h`batch;h`batches;h`rate)", "(1 2 3;1 1 1;1 1 1;.1 .1 .1)"],
    ['("e"$h`loss)~r', "1b"],
    ["run m;lr(m;.05);run m;exec rate from history m", ".1 .1 .1 .1 .05"],
    ["run(m;0)", "'run: 1 to 100000 epochs expected, given 0"],
    ["run(m;0N)", "'run: 1 to 100000 epochs expected, given -9223372036854775808"],
    ["history 1", "'history: model expected, given long scalar"],
    ["(count h;cols h:history[])", "(0;`epoch`batch`batches`loss`rate`seconds)"],
  ]);
});

describe("fit", () => {
  talk("a table of epochs, with test metrics where there is test data", [
    [ONE],
    [COLUMN],
    ["fit(m;2)", "'fit: no training data for model"],
    ["train(m;c 1 2;c 1 2)"],
    ["t:fit(m;2)"],
    ["(cols t;t`epoch;t`best)", "(`epoch`loss`rate`seconds`best;1 2;11b)"],
    ["test(m;c 3 4;c 3 4)"],
    ["cols t:fit(m;2)", "`epoch`loss`testloss`rate`seconds`best"],
    ["all 0>1_deltas t`testloss", "1b"],
    ["test(m;`metrics;`output)"],
    ["fit(m;2)", "'fit: loss is watched, but not among the metrics of test"],
  ]);

  talk("ends where nothing improves, with the best state put back", [
    [ONE],
    [COLUMN],
    // the rate is too high: the weight flies away from 1
    ["lr(m;5f)"],
    ["train(m;c 1 2;c 1 2)"],
    ["t:fit(m;50;`patience`delta!(3;0f))"],
    ["(count t;t`best)", "(4;1000b)"],
    // as after the first epoch: 2-5*5
    ["tensor parm(m;`weight)", "enlist enlist -23e"],
    ["t:fit(m;50;`patience`best!(2;0b))"],
    ["1e4<abs first first tensor parm(m;`weight)", "1b"],
  ]);

  talk("rates by a schedule", [
    [ONE],
    [COLUMN],
    ["train(m;c 1 2;c 1 2)"],
    ["r:{lr(m;.1);exec rate from fit(m;x;y)}"],
    ["near:{all 1e-9>abs x-y}"],
    ["near[r[5;`schedule`every`factor!(`step;2;.5)];.1 .1 .05 .05 .025]", "1b"],
    ["near[r[4;`schedule`low!(`cosine;.02)];.02|.05*1+cos acos[-1]*0 .25 .5 .75]", "1b"],
    ["t:r[10;`schedule`top!(`onecycle;4f)]"],
    ["(first t;max t;t?max t;.1>last t)", "(.1;.4;3;1b)"],
    ["parm(m;`weight;1)"],
    ["near[r[5;`schedule`every`factor!(`plateau;2;.1)];.1 .1 .1 .01 .01]", "1b"],
  ]);

  talk("what is no option", [
    [ONE],
    ["train(m;2 1#1 2e;2 1#1 2e)"],
    ["fit m", "'fit: number of epochs expected, given none"],
    ["fit(m;2.)", "'fit: number of epochs expected, given double scalar"],
    ["fit(m;-1)", "'fit: 1 to 100000 epochs expected, given -1"],
    ["fit(m;1;2)", "'fit: dictionary of options expected as 3rd argument, given long scalar"],
    [
      "fit(m;1;`a`b!1 2)",
      "'fit: unrecognized option a, expecting watch, patience, delta, best, schedule, every, factor, low, top",
    ],
    ["fit(m;1;(enlist`patience)!enlist -1)", "'fit: patience is a number of epochs, from 0 to 1000000"],
    ["fit(m;1;(enlist`delta)!enlist 0n)", "'fit: delta is a number, not negative"],
    ["fit(m;1;(enlist`schedule)!enlist`zz)", "'fit: schedule is one of step, cosine, onecycle, plateau"],
    ["fit(m;1;(enlist`best)!enlist 1)", "'fit: best is a boolean"],
    ["fit 1", "'fit: model expected as 1st argument, given long scalar"],
  ]);
});
