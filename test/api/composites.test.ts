/** Composite modules: what their places take, how they compute, and that all else works on their parts (kmodules page). */
import { talk } from "./rig.js";

const X = "x:-2 -1 0 1 2e";

describe("residual", () => {
  talk("adds the input, or what a second sequence makes of it; a function of the sum comes last", [
    [X],
    ["m:module(`residual;(`sequential;enlist`tanh))"],
    ["evaluate[(m;x)]~x+tanh x", "1b"],
    ["module(m;1;`relu`h)"],
    ["evaluate[(m;x)]~relu x+tanh x", "1b"],
    ["names m", "`q1`q1.0`h"],
    [
      "module(m;1;`sequential)",
      "'residual: activation function already defined, cannot add a 2nd sequential module",
    ],
    ["module(m;1;`relu)", "'residual: cannot add ReLU module, activation function already defined"],
    ["n:module(`residual;(`sequential`f;enlist`tanh);(`seqnest`g;enlist`sigmoid))"],
    ["max abs evaluate[(n;x)]-tanh[x]+sigmoid x", "0e"],
    [
      "module(n;1;`sequential)",
      "'residual: both sequential modules already defined, cannot add another sequential module",
    ],
    ["evaluate(module`residual;x)", "'residual: no modules defined for forward calculation"],
    ["module(module`residual;`relu)", "'residual: cannot add ReLU module until sequential module(s) defined"],
    [
      "module(n;1;`modulelist)",
      "'modulelist: unable to create type-erased module, no forward method defined",
    ],
  ]);

  talk(
    "hands further inputs to its sequences",
    [
      ["m:module(`residual;(`sequential;enlist`mul;enlist`relu))"],
      ["evaluate(m;-3 2e;10 100e)", "-3 202e"],
      ["evaluate(m;-3 2e)", "?"],
    ].filter(([, expected]) => expected !== "?") as [string, string?][],
  );

  talk("all or none of several additions", [
    ["m:module`residual"],
    [
      "module(m;((1;`sequential);(1;`relu);(1;`tanh)))",
      "'residual: cannot add Tanh module, activation function already defined",
    ],
    ["names m", "`$()"],
  ]);
});

describe("fork", () => {
  talk("gives what each branch makes of the input, itself where there is none", [
    [X],
    ["m:module(`fork;`sigmoid;(`sequential;enlist`relu))"],
    ["names m", "`a`qb`qb.0"],
    ["vector[v:forward(m;x)]~(sigmoid x;relu x)", "1b"],
    ["evaluate(module`fork;x)", "2#enlist x"],
    ["module(m;`tanh)", "::"],
    ["names m", "`a`qb`qb.0`qb.1"],
    ["module(m;1;`tanh)", "'fork: cannot add Tanh module, both left & right forks already defined"],
    ["evaluate(m;x;x)", "'fork: 2 tensors supplied, but only 1 expected"],
  ]);
});

describe("transform", () => {
  talk("has one sequence for training and one for evaluation", [
    ["m:module(`transform;(`sequential;enlist`relu))"],
    ["tensor forward(m;-1 2e)", "0 2e"],
    ["evaluate(m;-1 2e)", "-1 2e"],
    ["module(m;1;`sequential)"],
    ["module(m;2;`tanh)"],
    ["evaluate[(m;-1 2e)]~tanh -1 2e", "1b"],
    ["(tensor eforward(m;-1 2e))~tanh -1 2e", "1b"],
    ["training(m;0b); tensor forward(m;-1 2e)", "0 2e"],
    ["names m", "`train`train.0`eval`eval.0"],
    ["module(m;1;`sequential)", "'transform: both training and evaluation transforms already defined"],
    ["module(module`transform;`relu)", "'transform: cannot add ReLU module, expecting sequential block"],
  ]);
});

describe("sequences in turn", () => {
  talk("seqjoin joins two, of one input or of two", [
    ["m:module(`seqjoin;(`sequential`f;enlist`relu);(`sequential;enlist`sigmoid);`cat)"],
    ["names m", "`f`f.0`qy`qy.0`join"],
    ["evaluate[(m;-1 2e;1 3e)]~relu[-1 2e],sigmoid 1 3e", "1b"],
    ["evaluate[(m;-1 2e)]~relu[-1 2e],sigmoid -1 2e", "1b"],
    ["module(m;1;`sequential)", "'seqjoin: both sequential layers already defined"],
    ["module(m;1;`mul)", "'seqjoin: join layer already defined"],
    ["module(module`seqjoin;`mul)", "'seqjoin: at least one sequential layer must be defined first"],
    ["evaluate(module(`seqjoin;`sequential);1 2e)", "'seqjoin: join layer not defined"],
    ["evaluate(m;1e;1e;1e)", "'seqjoin: 3 tensors supplied, but only 2 expected"],
  ]);

  talk("seqlist and seqdict hand each sequence as many inputs as its first module takes", [
    ["d:module(`seqdict;(`sequential`a;enlist`relu);(`sequential`b;enlist`mul;enlist`tanh))"],
    ["evaluate[(d;-1 2e;3 4e)]~tanh 3 4e*relu -1 2e", "1b"],
    ["key children d", "`a`b"],
    ["l:module(`seqlist;(`sequential`a;enlist`relu);(`sequential`b;enlist`cat))"],
    ["evaluate(l;-1 2e;3 4e)", "0 2 3 4e"],
    ["key children l", "`0`1"],
    ["evaluate(module(`seqdict;(`sequential`a;enlist`relu));-1 2e)", "0 2e"],
    ["evaluate(module(`seqlist;`sequential);-1 2e)", "-1 2e"],
    ["module(d;1;`relu`c)"],
    ["evaluate(d;1e;1e)", "'seqdict: key `c is an unexpected type: ReLU"],
    ["module(l;1;`relu)"],
    ["evaluate(l;1 2e;1 2e)", "'seqlist: list[2] is unexpected type: ReLU"],
  ]);

  talk("nbeats takes away what blocks explain and adds up what they foretell", [
    ["q:(`sequential;(`fork;`identity;(`sequential;enlist`relu)))"],
    ["m:module(`nbeats;q;(`modulelist;q;q))"],
    ["evaluate(m;-2 3e)", "0 3e"],
    ["names[m] 0 5 6", "`0`1`1.0"],
    [
      "evaluate(module(`nbeats;(`sequential;enlist`relu));1e)",
      "'nbeats: a block gives two tensors, (backcast;forecast), not 1",
    ],
    ["module(m;1;`relu)"],
    ["evaluate(m;1e)", "'nbeats: not a sequential or list module"],
  ]);
});

describe("recur", () => {
  talk("is a recurrent layer between two sequences, its states without history", [
    ["m:module(`recur;(`sequential;enlist`relu);enlist(`gru;3;2);(`sequential;enlist`tanh))"],
    ["names m", "`in`in.0`gru`out`out.0"],
    ["g:child(m;`gru)"],
    ["x:1 2 3#-1 2 .5 1 -2 0e"],
    ["v:forward(m;x)"],
    ["(first vector v)~tanh first r:evaluate(g;relu x)", "1b"],
    ["(last vector v)~r 1", "1b"],
    ["gradflag v", "10b"],
    ["n:module((`recur;0b);enlist(`rnn;3;2))"],
    ["gradflag forward(n;x)", "11b"],
    ["count evaluate(module(`recur;enlist(`lstm;3;2));x)", "3"],
    [
      "module(m;1;`relu)",
      "'recur: unable to add ReLU, expecting sequential modules for input/output processing or recurrent module(lstm,gru,rnn)",
    ],
    ["module(m;1;(`rnn;3;2))", "'recur: cannot add rnn module, gru module already defined"],
    [
      "module(m;1;`sequential)",
      "'recur: sequential module for output processing already added, cannot add another sequential module",
    ],
    ["p:module(`recur;enlist`sequential)"],
    [
      "module(p;1;`sequential)",
      "'recur: cannot add a sequential module for output processing until a recurrent module(lstm,gru,rnn) defined",
    ],
    ["evaluate(p;x)", "'recur: no recurrent lstm, gru or rnn module defined"],
  ]);
});

describe("transformers", () => {
  const input = "x:3 2 4#24?1e";

  talk(
    "an encoder computes as its layers one after the other, then its normalization",
    [
      [input],
      ["m:module enlist(`encoder;(`encoderlayer;4;2;8);2;4)"],
      ["e:{evaluate(x;y;z)}"],
      ["max raze raze abs evaluate[(m;x)]-e[m;`norm]e[m;`layers.1]e[m;`layers.0;x]", "0e"],
      ["size m", "26"],
      [
        "evaluate(m;2 4#1e)",
        "'encoder: sequences of 3 dimensions expected (length, batch, features), given 2",
      ],
      ["evaluate(module enlist(`encoder;(`encoderlayer;4;2);0);x)", "?"],
    ].filter(([, expected]) => expected !== "?") as [string, string?][],
  );

  talk("a layer or module that is given lends its weights, and ends", [
    ["l:module enlist(`encoderlayer;4;2;8;0f;`gelu)"],
    ["parm(l;`linear1.bias;7); freeze(l;`linear1.bias)"],
    ["m:module enlist(`encoder;`nm;l;2)"],
    ["module l", "'stale pointer"],
    ["{tensor parm(m;x)}each`layers.0.linear1.bias`layers.1.linear1.bias", "2#enlist 8#7e"],
    ["where not gradflag m", "`layers.0.linear1.bias`layers.1.linear1.bias"],
    ["(first(0!module[m])`options)`encoderlayer", "`in`heads`dim`dropout`fn!(4;2;8;0f;`gelu)"],
    ["t:module enlist(`transformer;4;2;1;1;8;0f;`relu;m)"],
    ["module m", "'stale pointer"],
    ["tensor parm(t;`encoder.layers.1.linear1.bias)", "8#7e"],
    ["childnames t", "`encoder`decoder"],
    ["module enlist(`encoder;module`relu;1)", "'encoder: expecting encoding layer, given ReLU module"],
    [
      "module enlist(`decoder;module enlist(`encoderlayer;4;2);1)",
      "'decoder: expecting decoding layer, given TransformerEncoderLayer module",
    ],
  ]);

  talk("a transformer decodes a target by what it encodes of a source", [
    [input],
    ["m:module enlist(`transformer;4;2;1;1;8;0f)"],
    ["max raze raze abs evaluate[(m;x;x)]-evaluate[(m;`decoder;x;evaluate(m;`encoder;x))]", "0e"],
    ["u:triu((2#3)#-0we;1)"],
    ["max raze raze abs evaluate[(m;x;x;u;u)]-evaluate[(m;`decoder;x;evaluate(m;`encoder;x;u);u)]", "0e"],
    ["evaluate(m;x)", "'transformer: 2 args required for forward calculation, single tensor supplied"],
    ["evaluate(m;x;3 1 4#1e)", "'the batch number of src and tgt must be equal"],
    ["evaluate(m;3 2 5#1e;x)", "'the feature number of src and tgt must be equal to d_model"],
    ["n:clone m; (evaluate(n;x;x))~evaluate(m;x;x)", "1b"],
    ["s:module state m; (evaluate(s;x;x))~evaluate(m;x;x)", "1b"],
    ["(module(s;1b))~module(m;1b)", "1b"],
    ["c:module enlist(`transformer;4;2;1;1;8;0f;`relu;`identity;`mul)"],
    [
      "(module[(c;0b)]`options)0",
      "`in`heads`elayers`dlayers`dim`dropout`encoder`decoder!(4;2;1;1;8;0f;`module`options!(`identity;(`$())!());`module`options!(`mul;(`$())!()))",
    ],
    ["evaluate[(c;x;x)]~x*x", "1b"],
    ["names module module(c;1b)", "`encoder`decoder"],
  ]);

  talk("options are bounded", [
    ["module enlist(`encoderlayer;0;2)", "'encoderlayer: positive number of input features required"],
    ["module enlist(`encoderlayer;4)", "'encoderlayer: positive number of heads required"],
    ["module enlist(`encoderlayer;4;2;0)", "'encoderlayer dim: expected at least 1, given 0"],
    ["module enlist(`encoderlayer;4;2;8;.1;`tanh)", "'unrecognized encoderlayer activation fn: `tanh"],
    [
      "module enlist(`encoder;(`encoderlayer;4;2);-1)",
      "'encoder: non-negative number of layers must be defined",
    ],
    [
      "module enlist(`encoder;(`encoderlayer;4;2);0W)",
      "'encoder layers: expected at most 1000, given 9223372036854775807",
    ],
    [
      "module enlist(`encoder;(`encoderlayer;4;2);1000)",
      "'module: at most 10000 modules are possible in one",
    ],
    ["module enlist(`encoder;`layers`layernorm!1 4)", "'encoder: no encoderlayer given"],
    ["module enlist(`encoder;(`decoderlayer;4;2);1)", "'encoder: unexpected layer 'decoderlayer'"],
    [
      "module enlist(`encoder;(`encoderlayer;4;2);1;enlist(`decoderlayer;(4;2)))",
      "'encoder: cannot create a decoder layer",
    ],
    [
      "module enlist(`transformer;4;0W)",
      "'transformer heads: expected at most 2147483647, given 9223372036854775807",
    ],
    [
      "module enlist(`transformer;4;2;1;1;8;0f;`relu;`modulelist)",
      "'modulelist: unable to create type-erased module, no forward method defined",
    ],
    ["module enlist(`encoderlayer;2147483647;1)", "'wsfull"],
  ]);
});

describe("dictionaries of parameters", () => {
  talk("hold tensors of any name, without gradients until they are unfrozen", [
    ["m:module enlist(`parmdict;`a`b!(1 2e;3f))"],
    ["(module m)[`options]0", "`a`b!(1 2e;3f)"],
    ["gradflag m", "`a`b!00b"],
    ["parm(m;`a;5 6)"],
    ["(module m)[`options]0", "`a`b!(5 6e;3f)"],
    ["`frozen in cols state m", "0b"],
    ["unfreeze(m;`a); n:module state m; gradflag n", "`a`b!10b"],
    ["(state n)~state m", "1b"],
    ["c:clone m; ((dict parms c);gradflag c)~(dict parms m;gradflag m)", "1b"],
    ["d:dict`x`y!(1 2e;3f)"],
    ["dict parms module enlist(`parmdict;d)", "`x`y!(1 2e;3f)"],
    ["module(m;`relu)", "'unable to add a ReLU module as a child of a ParameterDict module"],
    [
      "module enlist(`parmdict;1 2)",
      "'module: parameter dictionary expects a k dictionary or an allocated dictionary of tensors, given long list",
    ],
    ["evaluate(m;1e)", "'parmdict: no forward calculation defined"],
  ]);
});
