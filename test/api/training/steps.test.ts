/** Optimizers, models and the steps of training; what is frozen does not move. */
import { Q, talk } from "../rig.js";

const LINEAR = "m:module enlist(`linear;2;1)";

describe("opt", () => {
  talk("options by position, by name, as a dictionary; the definition, all or not at default", [
    [LINEAR],
    ["o:opt(`adam;m;.01;.8;`decay,.02)"],
    ["first options o", "`lr`beta1`beta2`eps`decay`amsgrad!(.01;.8;.999;1e-08;.02;0b)"],
    ["first opt[(o;0b)]`options", "`lr`beta1`decay!.01 .8 .02"],
    ["opt[o]`optimizer", "`adam"],
    [
      "`pointer _ flip opt[o]`parms",
      "`parmgroup`module`name`size!(0 0;`linear`linear;`weight`bias;(1 2;enlist 1))",
    ],
    [
      "first options opt(`sgd;m;`lr`momentum!.1 .9)",
      "`lr`momentum`dampening`decay`nesterov!(.1;.9;0f;0f;0b)",
    ],
  ]);

  talk("groups are added and changed; what is not given stays", [
    ["a:module enlist(`linear;2;1)"],
    ["b:module enlist(`linear;1;1)"],
    ["o:opt(`sgd;();.1;.9)"],
    ["opt(o;0;a)", "(::)"],
    ["opt(o;1;b;.05)", "(::)"],
    ["lr o", ".1 .05"],
    ["options[o]`momentum", ".9 .9"],
    ["parmnames o", "`0.weight`0.bias`1.weight`1.bias"],
    ["opt(o;();.002)"],
    ["lr o", ".002 .05"],
    ["lr(o;.2 .3)", "(::)"],
    ["lr o", ".2 .3"],
    ["lr(o;.2 .3 .4)", "'length error: 3 learning rates given for 2 parameter groups"],
    ["opt(o;4;())", "'opt: group 4 invalid, cannot be greater than number of groups(2)"],
    ["opt(o;-1;())", "'opt: group -1 invalid, cannot be negative"],
    ["opt(o;2;a)", "'opt: parameter[0] already in group 0 (linear module parameter `0.weight)"],
    ["lr o", ".2 .3"],
  ]);

  talk("parameters of modules, dictionaries and vectors are chosen by name or index", [
    ["m:module seq(`sequential;(`linear;`a;2;2);`relu;(`linear;`b;2;1))"],
    ["parmnames opt(`sgd;(m;`a.weight`b.bias))", "`a.weight`b.bias"],
    ["parmnames opt(`sgd;(m;`b))", "`b.weight`b.bias"],
    ["parmnames opt(`sgd;(m;0))", "`a.weight`a.bias"],
    ["size opt(`sgd;(m;1))", "0"],
    ["opt(`sgd;(m;`zz))", "'opt: no module or parameter named `zz"],
    ["opt(`sgd;(m;9))", "'opt: module[9] out of bounds, 3 submodule(s)"],
    ["opt(`sgd;(m;`a`a.bias))", "'opt: duplicate parameter `a.bias"],
    ["d:dict`x`y!(1 2e;3 4e)"],
    ["parmnames opt(`sgd;(d;`y))", "enlist`y"],
    ["opt(`sgd;(d;`z))", "'opt: no dictionary parameter named `z"],
    ["v:vector(1 2e;3 4e)"],
    ["size opt(`sgd;(v;0))", "1"],
    ["opt(`sgd;(v;5))", "'opt: vector[5] out of bounds, index must be less than 2"],
    ["t:tensor(1 2e;`grad)"],
    ["opt(`sgd;mul(t;2))", "'opt: parameter[0] is a not a leaf tensor"],
  ]);

  talk("modules and tensors together have the names of their container", [
    ["o:opt`sgd"],
    ["opt(o;0;tensor(1 2e;`grad))"],
    ["opt(o;1;module seq(`sequential`q;(`linear;`l;2;1)))"],
    ["parmnames o", "`parms.0`q.l.weight`q.l.bias"],
    ["parmtypes o", "`parms.0`q.l.weight`q.l.bias!`parmdict`linear`linear"],
    ["names module o", "`parms`q`q.l"],
    ["opt(o;2;module`relu`q)", "'opt: a relu module named `q already registered with the optimizer"],
  ]);

  talk("what is wrong is said as by the reference", [
    ["opt`nosuch", "'unrecognized optimizer: nosuch"],
    ["opt(`sgd;();1;2;3;4;0b;6)", "'sgd: expecting up to 7 positional args, 8 given"],
    ["opt(`sgd;();`a`b)", "'unrecognized optimizer setting: a"],
    ["opt(`sgd;();`eps,.5)", "'sgd option: eps not recognized"],
  ]);

  talk("its state, with the module's, goes on where it was", [
    [LINEAR],
    ["o:opt(`adam;m;.1)"],
    ["l:loss`mse"],
    ["f:{[m;o;i]zerograd o;backward loss(l;forward(m;(1 2e;3 4e));(1#0e;1#1e));step o}"],
    ["f[m;o]each til 3"],
    ["n:module state m"],
    ["p:opt(state o;n)"],
    ["state[p][`parms;`buffers]~state[o][`parms;`buffers]", "1b"],
    ["f[m;o;0]"],
    ["f[n;p;0]"],
    ["state[m][`parms]~state[n]`parms", "1b"],
  ]);
});

describe("a step", () => {
  const ONE = "q:module enlist(`linear;1;1);parm(q;`weight;1);parm(q;`bias;0)";
  /** Of a module with the input 1: gradients of weight and bias are 1. */
  const STEP = "f:{[o;m]zerograd m;backward Sum forward(m;enlist enlist 1e);step o}";

  talk("takes parameters that were added later, with nothing kept for them or with what begins it", [
    [ONE],
    [STEP],
    ["o:opt(`adagrad;q;.5)"],
    ["p:module enlist(`linear;1;1)"],
    ["opt(o;p)"],
    ["parm(p;`weight;1)"],
    ["f[o;p]"],
    ["tensor parm(p;`weight)", "enlist enlist .5e"],
    ["r:module enlist(`linear;1;1)"],
    ["opt(o;1;r)"],
    ["0<count obj[]", "1b"],
    ["count state[o]`parms", "6"],
    ["f[o;r]"],
  ]);

  talk("goes on without what a state left out", [
    [ONE],
    [STEP],
    ["o:opt(`sgd;q;1f;.5)"],
    ["f[o;q]"],
    ["s:state o"],
    ["s[`parms]:flip`parmgroup`name!(0 0;`weight`bias)"],
    ["p:opt(s;q)"],
    ["f[p;q]"],
    ["tensor parm(q;`weight)", "enlist enlist -1e"],
    ["f[p;q]"],
    ["tensor parm(q;`weight)", "enlist enlist -2.5e"],
    ["a:opt(`adam;q)"],
    ["f[a;q]"],
    ["opt(a;0;();`amsgrad,1b)"],
    ["f[a;q]"],
    ["r:opt(`rmsprop;q)"],
    ["f[r;q]"],
    ["opt(r;0;();`momentum`centered!(.9;1b))"],
    ["f[r;q]"],
  ]);

  talk("takes along what it keeps where parameters get another type", [
    [ONE],
    [STEP],
    ["o:opt(`adam;q)"],
    ["f[o;q]"],
    ["w:tensor parm(q;`weight)"],
    ["to(q;`double)"],
    ["step o"],
    ["w~tensor parm(q;`weight)", "0b"],
    ["type first first tensor parm(q;`weight)", "-9h"],
    ["type first first (first state[o][`parms;`buffers])`exp_avg", "-9h"],
  ]);

  talk("that cannot be made for all parameters is made for none", [
    ["e:module enlist(`embed;2;2;`sparse,1b)"],
    ["l:module enlist(`linear;2;1)"],
    ["o:opt(`adam;l)"],
    ["opt(o;e)"],
    ["backward Sum forward(l;forward(e;0 1))"],
    ["w:tensor parm(l;`weight)"],
    ["step o", "'step: adam with these options takes no sparse gradient, `1.weight has one"],
    ["w~tensor parm(l;`weight)", "1b"],
  ]);

  talk("has learning rates that can be, and groups are as they were where they cannot", [
    [ONE],
    ["o:opt(`sgd;q)"],
    ["lr(o;-5)", "'Invalid learning rate: -5"],
    ["lr o", "enlist .01"],
    ["p:module enlist(`linear;1;1)"],
    ["opt(o;0;p;-1f)", "'Invalid learning rate: -1"],
    ["count opt[o]`parms", "2"],
  ]);
});

describe("model", () => {
  talk("takes a module, a loss and an optimizer in any order; their handles end", [
    [LINEAR],
    ["l:loss`mse"],
    ["o:opt(`sgd;m)"],
    ["q:model(o;m;l)"],
    ["mapped each(m;l;o)", "000b"],
    ["class each(module q;loss q;opt q)", "`module`loss`optimizer"],
    ["parmnames q", "`weight`bias"],
    ["key model q", "`module`loss`optimizer`train`test"],
    ["model[q]`loss", "`module`options!(`mse;(enlist`reduce)!enlist`mean)"],
    ["model(q;loss`l1)", "(::)"],
    ["objtype loss q", "`l1"],
  ]);

  talk("what is missing or wrong is said, and then nothing is taken", [
    ["r:module`relu"],
    ["l:loss`mse"],
    ["model(r;l)", "'optimizer not specified"],
    ["model(r;l;1)", "'model arg[2] unrecognized: long scalar"],
    ["model 1", "'model not implemented for long scalar"],
    ["model()", "'module not specified"],
    ["mapped each(r;l)", "11b"],
  ]);
});

describe("training", () => {
  talk("backward: of a scalar, with a gradient, with the graph kept", [
    ["x:tensor(1 2 3e;`grad)"],
    ["y:mul(x;x)"],
    ["backward(y;1e;`retain)", "(::)"],
    ["grad x", "2 4 6e"],
    ["zerograd x"],
    ["grad x", "0 0 0e"],
    ["backward(y;1 0 2e)"],
    ["grad x", "2 0 12e"],
    ["nograd x"],
    ["grad x", "(::)"],
    [
      "backward(y;`zzz)",
      "'unrecognized setting for backprop: zzz, expecting one of: free,retain,create or createfree",
    ],
    [
      "backward 1",
      "'backward: expects tensor or model as 1st arg, e.g. backward(tensor) or backward(model;inputs;targets)",
    ],
  ]);

  talk("a step of gradient descent, by hand and through a model", [
    [LINEAR],
    ["parm(m;`weight;enlist 1 0e)"],
    ["parm(m;`bias;0)"],
    ["o:opt(`sgd;m;.5)"],
    ["backward mse(forward(m;enlist 2 1e);enlist 1#1e)"],
    ["step o", "(::)"],
    ["tensor parm(m;`weight)", "enlist -1 -1e"],
    ["zerograd o"],
    ["w:parm(m;`weight)"],
    ["q:model(m;loss`mse;o)"],
    ["backstep(q;enlist 2 1e;enlist enlist -4e)", "0e"],
    ["tensor w", "enlist -1 -1e"],
    ["backward(q;enlist 2 1e;enlist enlist -5e)", "1e"],
    ["grad w", "enlist 4 2e"],
  ]);

  talk("the seed decides the random numbers that follow", [
    ["seed 7", "(::)"],
    ["a:tensor tensor(`randn;3)"],
    ["seed 7"],
    ["a~tensor tensor(`randn;3)", "1b"],
    ["seed`cpu", "7"],
    ["seed[]", "(enlist`cpu)!enlist 7"],
    ["seed 1.5", "'unrecognized arg(s) for seed, expected one of: device, seed or (device;seed)"],
  ]);

  const FROZEN = "`a.weight`b.bias";
  const FREE = "`a.bias`b.weight";
  for (const optimizer of ["sgd;m;.05;.9", "adam;m;.05", "adamw;m;.05", "rmsprop;m;.05"]) {
    it(`frozen parameters stay to the bit while ${optimizer.split(";")[0]} moves the others, until they are unfrozen`, async () => {
      const q = new Q();
      const moved = (names: string, expected: string): Promise<void> =>
        q.gives(`not({tensor parm(m;x)}each ${names})~'before ${names}`, expected);
      const train = "{zerograd o;backward loss(l;forward(m;inputs);targets);step o}each til 5";
      const remember = "before:{x!{tensor parm(m;x)}each x}parmnames m";
      try {
        await q.run(
          "seed 3",
          "m:module seq(`sequential;(`linear;`a;2;3);`tanh;(`linear;`b;3;1))",
          "inputs:tensor(1 0e;0 1e;1 1e;2 -1e)",
          "targets:tensor(1#1e;1#-1e;1#0e;1#3e)",
          "l:loss`mse",
          `o:opt(\`${optimizer})`,
          `freeze(m;${FROZEN})`,
          remember,
          train,
        );
        await moved(FROZEN, "00b");
        await moved(FREE, "11b");
        await q.run("unfreeze m", remember, train);
        await moved(FROZEN, "11b");
        await moved(FREE, "11b");
      } finally {
        q.free();
      }
    });
  }
});
