/** Modules in modules: parts of types, limits of trees, additions that are made together or not at all, copies. */
import { talk } from "./rig.js";

describe("the parts of a type", () => {
  talk("are modules with handles, names and parameters", [
    ["m:module enlist(`selfattention;4;2;0f;1b)"],
    ["key modules m", "`norm`in`drop`out"],
    ["class each value children m", "`module`module`module`module"],
    ["parmnames child(m;`in)", "enlist`weight"],
    ["parmtypes child(m;`out)", "`weight`bias!`linear`linear"],
    ["parm(child(m;`out);`bias;7)", "(::)"],
    ["tensor parm(m;`out.bias)", "7 7 7 7e"],
    ["freeze child(m;`norm)"],
    ["where not gradflag m", "`norm.weight`norm.bias"],
    ["module(m;`relu)", "'relu: depth 1 above max depth of 0"],
    ["e:module enlist(`embedseq;3;2;2)"],
    ["parm(child(e;`tok);`weight;(1 2e;3 4e;5 6e))"],
    ["parm(child(e;`pos);`pos;enlist(10 20e;30 40e))"],
    ["evaluate(e;enlist 2 0)", "enlist(15 26e;31 42e)"],
    ["evaluate(e;`tok;1)", "3 4e"],
  ]);

  talk("are those that libtorch makes inside its own modules", [
    ["a:module enlist(`attention;4;2)"],
    ["names a", "enlist`out_proj"],
    ["same(parm(a;`out_proj.weight);parm(child(a;`out_proj);`weight))", "1b"],
    ["module[a]`module", "`attention`linear"],
    ["module(module module a;0b)", "module(a;0b)"],
  ]);
});

describe("trees of modules", () => {
  talk("a module is part of one other at most, and never of itself", [
    ["m:module`seqnest"],
    ["l:module`relu`r"],
    ["s:addref l"],
    ["module(m;l)"],
    ["module(m;s)", "'module: unable to add relu `r, it is part of another module already"],
    ["n:module`seqnest"],
    ["module(n;s)", "'module: unable to add relu `r, it is part of another module already"],
    ["free m"],
    ["module(n;s)", "(::)"],
    ["a:module(`seqnest;`seqnest`b)"],
    ["b:child(a;`b)"],
    ["module(b;addref a)", "'module: unable to add a module to itself"],
    ["o:opt(`sgd;module enlist(`linear;`p;1;1))"],
    ["opt(o;module enlist(`linear;`q;1;1))"],
    ["module(module`moduledict;module o)", "'module: unable to add the modules of an optimizer as one"],
  ]);

  talk("are 256 levels deep at most, however they are written", [
    ["m:module`seqnest"],
    ["do[256;module(m;`seqnest)]"],
    ["count names m", "256"],
    ["module(m;`seqnest)", "'tree: at most 256 levels of modules are possible"],
    [
      "module(m;module`seqnest)",
      "'module: unable to add seqnest, at most 256 levels of modules are possible",
    ],
    [
      "module enlist[(0;`seqnest)],{(1+x;`seqnest)}each til 300",
      "'seqnest: at most 256 levels of modules are possible",
    ],
    ["x:enlist`relu"],
    ["do[300;x:(`seqnest;x)]"],
    ["module x", "'tree: at most 256 levels of modules are possible"],
    ["tree enlist[(0;`a)],{(1+x;`a)}each til 300", "'tree: at most 256 levels of modules are possible"],
  ]);

  talk("have 10000 modules at most", [
    ["m:module`seqnest"],
    ["module(m;10001#enlist(1;`relu))", "'module: at most 10000 modules are possible in one"],
    ["module(m;9999#enlist(1;`relu))", "(::)"],
    ["module(m;`relu)", "'module: unable to add relu, at most 10000 modules are possible in one"],
    ["count names m", "9999"],
  ]);
});

describe("modules that are added together", () => {
  const TABLE = "d:flip`depth`module`name`options!(1 1;`relu`relu6;`a`a;2#enlist(enlist`inplace)!enlist 0b)";
  talk("are all there or none", [
    ["m:module`sequential"],
    ["module(m;((1;`relu`a);(1;`gelu`a)))", "'Submodule 'a' already defined"],
    ["names m", "`$()"],
    [TABLE],
    ["module(m;d)", "'Submodule 'a' already defined"],
    ["names m", "`$()"],
    ["count obj[]", "1"],
    ["module(m;((1;`seqnest`s);(2;`relu`a);(1;`gelu`b)))", "(::)"],
    ["names m", "`s`s.a`b"],
  ]);

  talk("bring the parameters of their state", [
    ["l:module enlist(`linear;`l;1;2)"],
    ["parm(l;`weight;(enlist 1e;enlist 2e))"],
    ["s:@[state l;`depth;:;1]"],
    ["m:module`sequential"],
    ["module(m;s)", "(::)"],
    ["w:parm(m;`l.weight)"],
    ["tensor w", "(enlist 1e;enlist 2e)"],
    ["s[`name]:`k"],
    ["s[`parms;`weight]:1 2e"],
    ["module(m;s)", "'linear: size mismatch, weight is [2, 1], input is [2]"],
    ["names m", "enlist`l"],
    ["count obj[]", "3"],
  ]);

  talk("keep their names where they cannot be added", [
    ["m:module(`sequential;`relu`1)"],
    ["c:module`gelu"],
    ["module(m;c)", "'Submodule '1' already defined"],
    ["module[c]`name", "`"],
  ]);
});

describe("a clone", () => {
  talk("has the data types, flags, modes and additions of its module", [
    ["m:module(`seqnest;enlist(`embedpos;3;2);enlist(`selfattention;4;2);enlist(`linear;2;2);`drop)"],
    ["to(m;`double)"],
    ["parm(m;`extra;1 2f)"],
    ["buffer(child(m;`2);`more;3 4)"],
    ["freeze(m;`2.weight)"],
    ["training(child(m;`3);0b)"],
    ["c:clone m"],
    ["state[m]~state c", "1b"],
    ["distinct value dtype c", "enlist`double"],
    ["(gradflag m)~gradflag c", "1b"],
    ["last parmnames c", "`2.bias"],
    ["`extra in parmnames c", "1b"],
    ["tensor buffer(c;`2.more)", "3 4"],
    ["training child(c;`3)", "0b"],
    ["training child(c;`2)", "1b"],
    ["parm(c;`2.weight;0)"],
    ["any raze 0=tensor parm(m;`2.weight)", "0b"],
  ]);

  talk("is made of weights given, classes of weights, and plain tensors of an optimizer", [
    ["e:module enlist(`embed;(1 2e;3 4e);1b)"],
    ["parm(e;`weight;(5 6e;7 8e))"],
    ["c:clone e"],
    ["evaluate(c;1)", "7 8e"],
    ["gradflag c", "(enlist`weight)!enlist 0b"],
    ["parm(c;`weight;0)"],
    ["evaluate(e;1)", "7 8e"],
    ["o:opt(`sgd;tensor(1 2e;`grad))"],
    ["c:clone module o"],
    ["tensor parm(c;`0)", "1 2e"],
  ]);
});

describe("the state", () => {
  talk("tells of frozen parameters, and freezes them again", [
    ["m:module(`sequential;enlist(`linear;2;2);enlist(`embed;(1 2e;3 4e);1b))"],
    ["`frozen in cols state m", "0b"],
    ["freeze(m;`0.weight)"],
    ["unfreeze(m;`1.weight)"],
    ["s:state m"],
    ["s`frozen", "(`$();enlist`weight;`$())"],
    ["gradflag module s", "gradflag m"],
    ["state[m]~state module s", "1b"],
    ["s:@[s;`frozen;:;(`$();enlist`zz;`$())]"],
    ["module s", "'linear: unable to find  parameter: zz"],
  ]);

  talk("has what was added to a module, and gives it back", [
    ["m:module(`sequential;enlist(`linear;2;2))"],
    ["parm(m;`extra;1 2e)"],
    ["buffer(child(m;0);`count;7)"],
    ["n:module state m"],
    ["parmnames n", "`extra`0.weight`0.bias"],
    ["tensor buffer(n;`0.count)", "7"],
    ["state[m]~state n", "1b"],
  ]);
});

describe("new values of parameters and buffers", () => {
  talk("fill, or have the size of what they replace", [
    ["m:module enlist(`linear;2;2)"],
    ["parm(m;`weight;1 2e)", "'parm: size mismatch for parameter `weight, size is [2, 2] vs new size of [2]"],
    [
      "freeze(m;`weight;1 2e)",
      "'freeze: size mismatch for parameter `weight, size is [2, 2] vs new size of [2]",
    ],
    ["gradflag m", "`weight`bias!11b"],
    ["parm(m;`weight;3)"],
    ["tensor parm(m;`weight)", "(3 3e;3 3e)"],
    ["parm(m;`bias;enlist enlist 4e)"],
    ["tensor parm(m;`bias)", "4 4e"],
    ["b:module enlist(`batchnorm1d;3)"],
    [
      "buffer(b;`running_mean;1 2e)",
      "'buffer: size mismatch for parameter `running_mean, size is [3] vs new size of [2]",
    ],
    ["parm(m;`bias;1 0N)"],
    ["tensor parm(m;`bias)", "1 0Ne"],
    ["parm(m;`bias;0Nh)"],
    ["tensor parm(m;`bias)", "0N 0Ne"],
  ]);
});

describe("options at their extremes", () => {
  talk("are refused where libtorch's arithmetic or loops would not stand them", [
    ["module enlist(`avgpool2d;2;-1)", "'avgpool2d stride: expected at least 1, given -1"],
    [
      "module enlist(`conv1d;1;1;1;`pad,0W)",
      "'conv1d pad: expected at most 1048576, given 9223372036854775807",
    ],
    [
      "module enlist(`conv1d;1;1;2;`dilate,0W)",
      "'conv1d dilate: expected at most 1048576, given 9223372036854775807",
    ],
    ["module enlist(`fold;4 6;4294967296)", "'fold size: expected at most 1048576, given 4294967296"],
    ["module enlist(`maxpool1d;0W)", "'maxpool1d size: expected at most 1048576, given 9223372036854775807"],
    ["module enlist(`maxpool2d;2;0)", "'maxpool2d stride: expected at least 1, given 0"],
    ["module enlist(`maxpool2d;2 0N)", "'maxpool2d size: expected a number, given null"],
    ["module enlist(`linear;0W;1)", "'linear in: expected at most 2147483647, given 9223372036854775807"],
    ["module enlist(`layernorm;0N)", "'layernorm shape: expected a number, given null"],
    ["module enlist(`groupnorm;0;0)", "'groupnorm: specify no. of groups to separate the channels into"],
    [
      "module enlist(`crossmap2d;2;`k,0W)",
      "'crossmap2d k: expected at most 2147483647, given 9223372036854775807",
    ],
    ["module enlist(`upsample;();0n)", "'upsample scale: expected a number, given null"],
    ["module enlist(`reshape;0N 0N)", "'reshape size: expected a number, given null"],
    ["m:module enlist(`embedbag;3;4)"],
    ["evaluate(m;0 1;0 5 2)", "'embedbag: offsets from 0 to 2 expected, given 0 to 5"],
    ["evaluate(m;0 1;0 2 1)", "'embedbag: offsets expected in ascending order"],
    [
      "evaluate(module enlist(`upsample;4);1 2e)",
      "'Input Error: Only 3D, 4D and 5D input Tensors supported (got 1D) for the modes: nearest | linear | bilinear | bicubic | trilinear (got kNearest)",
    ],
  ]);

  const refused = (made: string, input: string, elements: string) => {
    const [type] = made.match(/\w+/) ?? [];
    return [
      `evaluate(module enlist(\`${made});${input})`,
      `'${type}: a result of ${elements} elements, at most 2147483647 are possible`,
    ] as const;
  };
  talk("do not make a small input a huge result", [
    refused("upsample;1000000", "1 1 4 4#1e", "1e+12"),
    refused("upsample;();1e9", "1 1 4 4#1e", "1.6e+19"),
    refused("adaptmax2d;1000000", "1 1 4 4#1e", "1e+12"),
    refused("adaptavg1d;2147483647", "1 2 4#1e", "4.29497e+09"),
    refused("pad1d;2000000000", "1 1 4#1e", "4e+09"),
    refused("replicate2d;100000000", "1 4 4#1e", "4e+16"),
    refused("fold;100000 100000;1", "1 1 1#1e", "1e+10"),
    refused("unfold;2;1;100000", "1 1 4 4#1e", "1.60005e+11"),
    refused("conv2d;1;1;1;1;1000000", "1 1 4 4#1e", "4.00002e+12"),
    refused("convtranspose2d;1;1;1;1000000", "1 1 4 4#1e", "9.00001e+12"),
  ]);
});
