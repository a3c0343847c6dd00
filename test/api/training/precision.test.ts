/** Precision and memory format of a model's computing: `autocast`, `channelslast`, and the settings that go with them. */
import { talk } from "../rig.js";

/** One weight, no bias. In bfloat16 the input is 1, so that the output is the target. */
const ONE = "q:module enlist(`linear;1;1;0b);parm(q;`weight;2);m:model(q;loss`mse;opt(`sgd;q;.1))";
const DATA = "x:enlist enlist 1.001953125e;y:enlist enlist 2e";
const CONVOLUTIONS =
  "seq(`sequential;(`conv2d;3;8;3);(`batchnorm2d;8);`relu;(`conv2d;8;8;3);(`groupnorm;2;8);`flatten;(`linear;512;10))";
const CLASSIFIER = `seed 3;q:module ${CONVOLUTIONS};m:model(q;loss\`ce;opt(\`adam;q));train(m;\`batchsize\`metrics;(8;\`batchloss))`;

describe("autocast", () => {
  talk("what it may be, and where it is shown", [
    [ONE],
    ["train(m;`autocast)", "`none"],
    ["`autocast in key train m", "0b"],
    ["train(m;`autocast;`bfloat16)", "(::)"],
    ["(train m)`autocast", "`bfloat16"],
    ["`autocast in key test m", "0b"],
    ["(model[m]`train)`autocast", "`bfloat16"],
    ["train(m;`autocast`batchsize;(`none;10))"],
    ["`autocast in key train m", "0b"],
    ["train(m;`autocast;0N)", "'autocast: expects a symbol, given long scalar"],
    ["train(m;`autocast;1b)", "'autocast: expects a symbol, given boolean scalar"],
    ["train(m;`autocast;-1)", "'autocast: expects a symbol, given long scalar"],
    ["train(m;`autocast;`float)", "'autocast: expects none, bfloat16, half, given float"],
    ["train(m;`autocast;`)", "'autocast: expects none, bfloat16, half, given "],
    ["train(m;`batchsize`autocast;(5;`float))", "'autocast: expects none, bfloat16, half, given float"],
    ["train(m;`batchsize)", "10"],
    ["test(m;`autocast;`zz)", "'autocast: expects none, bfloat16, half, given zz"],
  ]);

  talk("half is refused where there is no CUDA device", [
    [ONE],
    ["h:{train(m;`autocast;`half)}"],
    ['$[cudadevices[];1b;"autocast: half needs a CUDA device, there is none; use bfloat16"~@[h;0;::]]', "1b"],
  ]);

  talk("run, testrun, backward and backstep round inputs of products to bfloat16; all else is float", [
    [ONE],
    [DATA],
    ["run(m;x;y)", "1.52587890625e-5e"],
    ["parm(m;`weight;2)"],
    ["train(m;`autocast;`bfloat16)"],
    ["run(m;x;y)", "0e"],
    ["raze tensor parm(m;`weight)", "enlist 2e"],
    ["backward(m;x;y)", "0e"],
    ["backstep(m;x;y)", "0e"],
    ["backstep m", "0e"],
    ["dtype m", "enlist[`weight]!enlist`float"],
    ["dtype grad enlist parm(m;`weight)", "`float"],
    ["evaluate(m;x)", "enlist enlist 2.00390625e"],
    ["test(m;`metrics`tensor;(`output;1b))"],
    ["tensor testrun(m;x;y)", "enlist enlist 2.00390625e"],
    ["test(m;`autocast;`bfloat16)"],
    ["tensor r:testrun(m;x;y)", "enlist enlist 2e"],
    ["dtype r", "`float"],
  ]);

  talk("a network learns as it does in float", [
    [CLASSIFIER],
    ["x:tensor(`randn;32 3 12 12);y:tensor(`randint;10;32;`long)"],
    ["a:run(m;x;y)"],
    [CLASSIFIER],
    ["x:tensor(`randn;32 3 12 12);y:tensor(`randint;10;32;`long)"],
    ["train(m;`autocast;`bfloat16)"],
    ["b:run(m;x;y)"],
    ["a~b", "0b"],
    [".05>max abs a-b", "1b"],
    ["distinct value dtype m", "enlist`float"],
  ]);

  talk("recurrent and transformer modules, the hidden state among them", [
    ["x:tensor(`randn;8 10 16);y:tensor(`randn;8 10 16)"],
    [
      "try:{[q;h]m:model(q;loss`mse;opt(`adam;q));train(m;`batchsize`autocast`hidden;(4;`bfloat16;h));10>run(m;x;y)}",
    ],
    ["try[module seq(`sequential;(`linear;16;16);(`layernorm;16);`gelu);0b]", "1b"],
    ["try[module enlist(`lstm;16;16;1;1b;1b);1b]", "1b"],
    ["try[module enlist(`encoderlayer;16;4;32);0b]", "1b"],
  ]);

  talk("frozen parameters stay as they are", [
    [CLASSIFIER],
    ["freeze(m;`0.weight`6.bias)"],
    ["w:tensor each(parm(m;`0.weight);parm(m;`6.bias))"],
    ["train(m;`autocast`channelslast;(`bfloat16;1b))"],
    ["run(m;tensor(`randn;32 3 12 12);tensor(`randint;10;32;`long))"],
    ["w~tensor each(parm(m;`0.weight);parm(m;`6.bias))", "1b"],
  ]);
});

describe("channelslast", () => {
  talk("what it may be, and where it is shown", [
    [ONE],
    ["train(m;`channelslast)", "0b"],
    ["train(m;`channelslast;1b)"],
    ["last key train m", "`channelslast"],
    ["train(m;`channelslast;0N)", "'channelslast: expects one boolean, given long scalar"],
    ["train(m;`channelslast;`a)", "'channelslast: expects one boolean, given symbol scalar"],
  ]);

  talk("images have their channels last in memory, the model's parameters and other inputs stay", [
    ["m:model(module`relu;loss`mse;opt`sgd)"],
    ["test(m;`channelslast`tensor`metrics;(1b;1b;`output))"],
    ["stride testrun(m;tensor(`ones;2 3 4 5))", "60 1 15 3"],
    ["stride testrun(m;tensor(`ones;3 4 5))", "20 5 1"],
    [CLASSIFIER],
    ["x:tensor(`randn;32 3 12 12);y:tensor(`randint;10;32;`long)"],
    ["a:run(m;x;y)"],
    [CLASSIFIER],
    ["x:tensor(`randn;32 3 12 12);y:tensor(`randint;10;32;`long)"],
    ["train(m;`channelslast`shuffle;10b)"],
    [".001>max abs a-run(m;x;y)", "1b"],
    ["stride parm(m;`0.weight)", "27 9 3 1"],
    ["stride x", "432 144 12 1"],
  ]);
});
