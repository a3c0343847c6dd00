/** Modules: every way to define them, what they give back, what is inside them. */
import assert from "node:assert/strict";
import { Q, talk } from "./rig.js";

const definition = (type: string, name: string, options: string): string =>
  `\`depth\`module\`name\`options!(0;\`${type};\`${name};${options})`;

describe("module", () => {
  talk("a type by its symbol, with a name, with options by position, by name, as a dictionary", [
    ["m:module`relu"],
    ["module m", definition("relu", "", "(enlist`inplace)!enlist 0b")],
    ["module module`relu`r", definition("relu", "r", "(enlist`inplace)!enlist 0b")],
    ["module module enlist(`linear;784;10)", definition("linear", "", "`in`out`bias!(784;10;1b)")],
    ["module module enlist(`linear;`l;784;10;0b)", definition("linear", "l", "`in`out`bias!(784;10;0b)")],
    ["module module enlist(`linear;784;10;`bias,0b)", definition("linear", "", "`in`out`bias!(784;10;0b)")],
    ["module module enlist(`linear;((`in;3);(`out;2)))", definition("linear", "", "`in`out`bias!(3;2;1b)")],
    ["module module enlist(`linear;(`in;3;`out;2))", definition("linear", "", "`in`out`bias!(3;2;1b)")],
    ["module module enlist(`linear;`L;`in`out!3 2)", definition("linear", "L", "`in`out`bias!(3;2;1b)")],
  ]);

  talk("all options or those not at their default", [
    ["m:module enlist(`conv2d;16;32;3 3;`bias,0b)"],
    [
      "module(m;1b)",
      definition(
        "conv2d",
        "",
        "`in`out`size`stride`pad`dilate`groups`bias`padmode!(16;32;3;1;0;1;1;0b;`zeros)",
      ),
    ],
    ["module(m;0b)", definition("conv2d", "", "`in`out`size`bias!(16;32;3;0b)")],
    ["module(module`relu;0b)", definition("relu", "", "(`$())!()")],
  ]);

  const NETWORK =
    "flip`depth`module`name`options!(0 1 2 1;`sequential`seqnest`linear`relu;``block`0`r;" +
    "((`$())!();(`$())!();`in`out!2 3;(`$())!()))";
  talk("a network as a tree, with seq, as depth-value pairs, as its own definition, piece by piece", [
    ["module(module(`sequential;(`seqnest`block;enlist(`linear;2;3));`relu`r);0b)", NETWORK],
    [
      "module(module seq(`sequential;(`seqnest`block;enlist(`linear;2;3));`relu`r);0b)",
      "'module: no symbol found, (`seqnest`block;,(`linear;2;3))",
    ],
    ["module(module((0;`sequential);(1;`seqnest`block);(2;(`linear;2;3));(1;`relu`r));0b)", NETWORK],
    ["d:module(module(`sequential;(`seqnest`block;enlist(`linear;2;3));`relu`r);0b)"],
    ["d~module(module d;0b)", "1b"],
    ["m:module`sequential"],
    ["module(m;1;`seqnest`block)", "(::)"],
    ["module(m;2;(`linear;2;3))", "(::)"],
    ["module(m;1;`relu`r)", "(::)"],
    ["module(m;0b)", NETWORK],
  ]);

  talk("without a depth a module goes to the last container", [
    ["m:module`sequential"],
    ["module(m;`seqnest`block)"],
    ["module(m;enlist(`linear;`l;2;3))"],
    ["names m", "`block`block.l"],
  ]);

  talk("a module given by its handle moves into the other", [
    ["m:module`sequential"],
    ["l:module enlist(`linear;`l;2;3)"],
    ["w:parm(l;`weight)"],
    ["module(m;l)", "(::)"],
    ["module l", "'stale pointer"],
    ["same(w;parm(m;`l.weight))", "1b"],
    ["module(m;m)", "'sequential: unable to create type-erased module, forward method uses template"],
    ["q:module`seqnest"],
    ["module(q;q)", "'module: unable to add a module to itself"],
  ]);

  talk("seq, tree and dv", [
    ["seq`a`b`c", "(`a;enlist`b;enlist`c)"],
    ["seq(`a;(`b;1);`c)", "(`a;enlist(`b;1);enlist`c)"],
    ["dv(`a;(`b;enlist(`c;1);enlist(`d;2)))", "((0;`a);(1;`b);(2;(`c;1));(2;(`d;2)))"],
    ["tree((0;`a);(1;`b);(2;(`c;1));(2;(`d;2)))", "(`a;(`b;enlist(`c;1);enlist(`d;2)))"],
    ["dv seq`a`b`c", "((0;`a);(1;`b);(1;`c))"],
    ["tree((0;`a);(2;`b))", "'tree: depth 2 above max depth of 1"],
  ]);

  talk("what cannot be a module says why", [
    ["module`nosuch", "'unrecognized module type: `nosuch"],
    ["module()", "'module: empty list"],
    ["module 1", "'module: unrecognized arg(s), 1"],
    ["module(`linear;64;10)", "'linear: positive input size required"],
    ["module enlist(`linear;1;`b)", "'linear out: expected long scalar, given symbol scalar"],
    ["module enlist(`linear;1;2;1b;4)", "'linear: expecting up to 4 positional args, 5 given"],
    ["module enlist(`linear;`in`out`zz!1 2 3)", "'linear: unrecognized option `zz"],
    ["module enlist(`linear;`in`out`size!1 2 3)", "'linear option: size not recognized"],
    [
      "module enlist(`linear;`a;(`in;2;`out))",
      "'uneven no. of elements for name,value pairs in list: (`in;2;`out)",
    ],
    [
      "module enlist(`conv2d;1;2;1 2 3)",
      "'conv2d size: expected scalar or 2-element input, given 3-element list",
    ],
    ["module enlist(`conv2d;1;2;3;`padmode`zzz)", "'unrecognized padding mode: zzz"],
    ["module(`relu;enlist(`linear;1;2))", "'linear: depth 1 above max depth of 0"],
    ["module(`sequential;`sequential`a`b)", "'sequential: no arguments expected, `sequential`a`b"],
  ]);

  talk("numbers on which libtorch would end the process or take for ever are refused", [
    ["module enlist(`conv1d;2;2;1;`groups,0)", "'conv1d groups: expected at least 1, given 0"],
    ["module enlist(`lstm;2;3;0)", "'lstm layers: expected at least 1, given 0"],
    ["module enlist(`gru;2;3;1000000)", "'gru layers: expected at most 1000, given 1000000"],
  ]);

  talk("an embedding from its weights, frozen or not", [
    ["m:module enlist(`embed;(1 2e;3 4e;5 6e);1b)"],
    ["gradflag m", "(enlist`weight)!enlist 0b"],
    ["evaluate(m;2 0)", "(5 6e;1 2e)"],
    ["module(m;0b)", definition("embed", "", "`weight`freeze!((1 2e;3 4e;5 6e);1b)")],
    ["n:module enlist(`embed;tensor(1 2e;3 4e))"],
    ["gradflag n", "(enlist`weight)!enlist 1b"],
    ["evaluate(n;1)", "3 4e"],
  ]);
});

describe("what is inside a module", () => {
  const TWO = "m:module(`sequential`top;enlist(`linear;`a;3;2);(`seqnest`d;enlist(`batchnorm1d;`b;2)))";

  talk("names, types, parameters and buffers, of all or of a child", [
    [TWO],
    ["names m", "`a`d`d.b"],
    ["childnames m", "`a`d"],
    ["childnames(m;`d)", "enlist`b"],
    ["moduletypes m", "``a`d`d.b!`sequential`linear`seqnest`batchnorm1d"],
    ["moduletypes(m;`linear)", "enlist`a"],
    ["moduletypes(m;`linear`seqnest)", "`a`d!`linear`seqnest"],
    ["parmnames m", "`a.weight`a.bias`d.b.weight`d.b.bias"],
    ["parmnames(m;`d)", "`b.weight`b.bias"],
    ["parmnames(m;2)", "`weight`bias"],
    ["parmtypes m", "`a.weight`a.bias`d.b.weight`d.b.bias!`linear`linear`batchnorm1d`batchnorm1d"],
    ["buffernames(m;`d.b)", "`running_mean`running_var`num_batches_tracked"],
    ["key children m", "`a`d"],
    ["class each value modules m", "`module`module`module"],
    ["names(m;9)", "'names: invalid index[9] for 3 child modules"],
    ["names(m;`zz)", "'Key 'zz' is not defined"],
    ["child(m;`zz)", "'Submodule 'zz' is not defined"],
  ]);

  talk("a parameter is shared with the module, set in place, and made where the name is new", [
    [TWO],
    ["w:parm(m;`a.bias)"],
    ["parm(m;`a.bias;1 2e)", "(::)"],
    ["tensor w", "1 2e"],
    ["gradflag w", "1b"],
    ["parm(m;`extra;5 6e)", "(::)"],
    ["tensor parm(m;`extra)", "5 6e"],
    ["parm(m;`n;1 2)", "'Only Tensors of floating point and complex dtype can require gradients"],
    ["parm(m;`zz)", "'parm: parameter `zz not found"],
    ["buffer(m;`d.b.running_mean;7)"],
    ["tensor buffer(m;`d.b.running_mean)", "7 7e"],
    ["buffer(m;`zz)", "'buffer: buffer `zz not found"],
  ]);

  talk("types that make modules inside show them", [
    ["m:module enlist(`embedseq;5;4;3)"],
    ["names m", "`tok`pos"],
    ["moduletypes m", "``tok`pos!`embedseq`embed`embedpos"],
    ["module[m]`module", "`embedseq`embed`embedpos"],
  ]);

  talk("the state makes an identical module; what does not fit is refused", [
    ["m:module seq(`sequential;(`linear;`a;2;2);(`batchnorm1d;`b;2))"],
    ["parm(m;`a.weight;(1 2e;3 4e))"],
    ["buffer(m;`b.running_mean;5 6e)"],
    ["n:module state m"],
    ["state[m]~state n", "1b"],
    ["same(parm(m;`a.weight);parm(n;`a.weight))", "0b"],
    [
      "module`depth`module`options`parms!(0;`linear;`in`out!2 1;`weight`bias!(enlist 1 1 1e;enlist 3e))",
      "'linear: size mismatch, weight is [1, 2], input is [1, 3]",
    ],
    [
      "module`depth`module`options`parms!(0;`linear;`in`out!2 1;(enlist`weight)!enlist enlist 1 2e)",
      "'linear: unable to find  parameter: bias",
    ],
    ["module`module`name!`relu`nm", "'unable to find state attribute: depth"],
  ]);

  talk("a clone has its own parameters, in its own mode", [
    ["m:module seq(`sequential;(`linear;`a;2;2);(`embedseq;5;4;3);`mul)"],
    ["training(m;0b)"],
    ["c:clone m"],
    ["state[m]~state c", "1b"],
    ["training c", "0b"],
    ["parm(c;`a.bias;9)"],
    ["(tensor parm(m;`a.bias))~9 9e", "0b"],
  ]);

  it("a definition that fails leaves no object behind", async () => {
    const q = new Q();
    await q.run("1");
    const before = q.engine.objectCount();
    await q.signals(
      "module(`sequential;enlist(`linear;1;1);enlist(`linear;1))",
      "linear: positive output size required",
    );
    await q.signals(
      "module`depth`module`options`parms!(0;`linear;`in`out!2 1;`weight`bias!(1 2e;enlist 3e))",
      "linear: size mismatch, weight is [1, 2], input is [2]",
    );
    assert.equal(q.engine.objectCount(), before);
  });
});

describe("forward calculation", () => {
  talk("k values in k values out, tensors in, one or several inputs", [
    ["m:module`mul"],
    ["evaluate(m;1 2 3e;2e)", "2 4 6e"],
    ["tensor forward(m;tensor 1 2e;tensor 3 4e)", "3 8e"],
    ["evaluate(m;vector(1 2e;3 4e))", "3 8e"],
    ["evaluate(m;(dict`a`b!(1 2e;3 4e);`a`b))", "3 8e"],
    ["evaluate(m;1 2e)", "'mul: 2 args required for forward calculation, single tensor supplied"],
    ["evaluate(m;1;2;3)", "'mul: 3 tensors supplied, but only 2 expected"],
    ["evaluate(m;dict`a`b!(1 2e;3 4e))", "'mul: forward(tensor,tensor) not implemented given dictionary"],
    ["evaluate(m;1 2e;`zz)", "'evaluate: unrecognized arg, symbol scalar"],
    ["evaluate m", "'evaluate: requires a module or model and at least one input"],
    ["evaluate(m;())", "'mul: 2 args required for forward calculation, single tensor supplied"],
  ]);

  talk(
    "gradients with forward, none with nforward and eforward; evaluation mode with eforward and evaluate",
    [
      ["m:module seq(`sequential;(`linear;2;2);(`drop;1f))"],
      ["parm(m;`0.weight;(1 0e;0 1e))"],
      ["parm(m;`0.bias;1)"],
      ["evaluate(m;1 2e)", "2 3e"],
      ["tensor forward(m;1 2e)", "0 0e"],
      ["gradflag forward(m;1 2e)", "1b"],
      ["tensor nforward(m;1 2e)", "0 0e"],
      ["gradflag nforward(m;1 2e)", "0b"],
      ["gradflag eforward(m;1 2e)", "0b"],
      ["tensor eforward(m;1 2e)", "2 3e"],
      ["training m", "1b"],
    ],
  );

  talk("recurrent modules give output and state", [
    ["m:module enlist(`lstm;1;2)"],
    ["v:forward(m;2 1 1#1e)"],
    ["class v", "`vector"],
    ["size v", "(2 1 2;1 1 2;1 1 2)"],
    ["count evaluate(m;2 1 1#1e)", "3"],
  ]);
});

describe("selfattention", () => {
  talk("a mask of a longer sequence does for its beginning", [
    ["m:module enlist(`selfattention;4;2)"],
    ["x:1 3 4#.1e*til 12"],
    ["mask:{`real$-1e30*til[x]>\\:til x}"],
    ["r:evaluate(m;x;mask 3)"],
    ["r~evaluate(m;x;mask 5)", "1b"],
    ["r~evaluate(m;x)", "0b"],
  ]);
});

describe("help", () => {
  talk("a row for a type, its options, all modules", [
    [
      "help`linear",
      '`module`pytorch`forward`result`n`args`options!(`linear;"torch.nn.Linear";1b;`tensor;1;`tensor;`in`out`bias!(784;10;1b))',
    ],
    ["options`adam", "`lr`beta1`beta2`eps`decay`amsgrad!(.001;.9;.999;1e-08;0f;0b)"],
    ["help`adam", "`lr`beta1`beta2`eps`decay`amsgrad!(.001;.9;.999;1e-08;0f;0b)"],
    ["options`ce", "`weight`ignore`smoothing`reduce!(::;-100;0f;`mean)"],
    ["`linear in help[`module]`module", "1b"],
    ["help`nosuch", "'help: help topic, `nosuch"],
    ["options`nosuch", "'options: help topic, `nosuch"],
  ]);

  it("an input that does not fit is told by its type or emptiness, where libtorch does not say it", async () => {
    const q = new Q();
    await q.run("m:module enlist(`linear;`a;2;2)", "e:module enlist(`embed;4;2)");
    for (const [call, said] of [
      ["forward(m;2 2#0f)", /: the input is double, the module's parameters are float; convert .*"e"\$x/],
      ["forward(m;2 2#0)", /: the input is long, the module's parameters are float/],
      ["forward(m;())", /: an input is empty, sizes \[0\]$/],
      ["forward(m;2 3#0e)", /cannot be multiplied \(2x3 and 2x2\)$/],
      ["forward(e;1.5 2)", /embedding\)$/],
    ] as const)
      await q.signals(call, said);
    q.free();
  });

  talk("parts of a vector or dictionary as inputs are no more than an object has", [
    ["m:module`relu"],
    ["v:vector(1 2e;3 4e)"],
    ["forward(m;(v;60000#0))", "'at most 50000 names, positions or values expected, given 60000"],
    [
      "forward(m;(dict enlist[`a]!enlist 1e;60000#`a))",
      "'at most 50000 names, positions or values expected, given 60000",
    ],
  ]);
});
