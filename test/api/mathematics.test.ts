/** Mathematics beside the recorded answers: what the pages leave to sense, and what libtorch must be guarded from. */
import { talk } from "./rig.js";

describe("pointwise mathematics", () => {
  talk("the lowest integer by -1", [
    ["fmod(0N 7 -7;-1)", "0 0 0"],
    ["fmod(0N 7 -7;-1 -2 2)", "0 1 -1"],
    ["remainder(0N 7 -7;-1)", "0 0 0"],
    ["remainder(0Ni;-1 2i)", "0 0i"],
    ["remainder 0N -1", "0"],
    ["x:tensor 0N 5; remainder(x;-1 -3;::); tensor x", "0 -1"],
    ["x:tensor 0N 5; y:tensor -1 2; z:fmod(x;y); tensor z", "0 1"],
    ["tensor y", "-1 2"],
    ["remainder(7.5 -7.5;-1)", "-0.5 -0.5"],
    ["fmod(1 2;0)", "'ZeroDivisionError"],
  ]);

  talk("numbers and tensors of no dimensions", [
    ["mul(1 2h;3)", "3 6h"],
    ["mul(1 2;2.5)", "2.5 5e"],
    ["mul(101b;1b)", "1 0 1"],
    ["mul 10b", "0b"],
    ["mul 3 4h", "12h"],
    ["mul(3 4;::)", "'no torch type found for k: null/unary primitive"],
    ["fmax(1 2;1.5e)", "1.5 2"],
    ["fmax 1 2e", "2e"],
    ["maximum(1 2h;5)", "5 5h"],
    ["add(1 2;.5)", "1.5 2.5"],
    ["add 1 2 10", "21"],
    ["add 0x010203", "0x07"],
    ["add(1 2;3 4;1b)", "'add: unrecognized arg(s) expecting 2-4 args, (x;y;multiplier;output)"],
  ]);

  talk("by a number the gradient asks for the number alone, as ktorch's does", [
    ["t:tensor(2 3f;`grad)"],
    [
      "gradfn each(mul(t;2.);mul(t;t);Div(t;2);Div(t;t))",
      "`MulBackward1`MulBackward0`DivBackward1`DivBackward0",
    ],
    ["tensor each(mul(t;1b);mul(t;0x02);fmod(t;2))", "(2 3f;4 6f;0 1f)"],
  ]);

  talk("in place and into a tensor", [
    ["mul(1 2;3;::)", "3 6"],
    ["x:tensor 1 2; mul(x;3;::)", "::"],
    ["tensor x", "3 6"],
    ["r:tensor 0#0f; mul(1 2;2.3;r); tensor r", "2.3 4.6"],
    ["fmax(x;1;::)", "'fmax: no in-place call implemented"],
    ["mul(x;1;5)", "'multiply: need an output tensor for 3rd argument, given long scalar"],
    ["mul 1 2 3", "'multiply: unable to derive a pair of values from inputs of size [3]"],
    ["mul x", "'multiply: expecting 2-3 args, (x;y) or (x;y;output), but given 1"],
    ["mul 5", "'multiply: not implemented for long scalar"],
    ["angle(x;::)", "'angle: no in-place method"],
    ["pow(2;x;::)", "'pow: cannot be called in-place on a scalar"],
    ["Abs((1 2;3 4);5)", "'unable to map mixed array to tensor: long scalar encountered at depth 1"],
  ]);

  talk("limits, weights and dimensions", [
    ["clamp(1 5 9;0N;6)", "1 5 6"],
    ["clamp(1 5 9;2;0n)", "2 5 9"],
    ["clamp(1 5 9;`a;6)", "'clamp: expecting 2nd & 3rd arg to be numeric low & high limits"],
    ["clamp(1 5 9;2;6;7)", "'clamp: unexpected arg(s), expecting (input;lo;hi) or (input;lo;hi;output)"],
    ["clamp 1 5 9", "'clamp: not implemented for long list"],
    ["lerp 0 10 .25", "2.5"],
    ["lerp(0 0f;4 8f;.25 .5)", "1 4f"],
    ["lerp 0 10 .25 1", "'lerp: optional 4th arg is an output tensor, but given double list"],
    ["lerp(1f;2f)", "'lerp: 3-4 arguments expected, (x;y;wt;output), but 2 supplied"],
    ["mvlgamma(3 4f;1)", "0.6931471805599453 1.791759469228055"],
    ["mvlgamma(3e;2f)", "'mvlgamma: 2nd argument of number of dimensions expected, given double scalar"],
    ["mvlgamma(3f;2;5)", "'mvlgamma: optional 3rd arg is an output tensor, but given long scalar"],
    ["mvlgamma(3f;0W)", "'mvlgamma: expecting at most 1000000 dimensions, given 9223372036854775807"],
  ]);
});

describe("reductions", () => {
  talk("the last dimension where only other arguments are given", [
    ["Any((01b;00b);1b)", "(enlist 1b;enlist 0b)"],
    ["Max((1 5;7 3);1b)", "((enlist 5;enlist 7);(enlist 1;enlist 0))"],
    ["aminmax(3 1 2)", "1 3"],
    ["class aminmax tensor 3 1 2", "`tensor"],
    ["v:vector(); aminmax(tensor(3 1 2;4 6 5);v); vector v", "((1 4);(3 6))"],
    ["prod((1 2;3 4);())", "24"],
    ["prod((1 2;3 4);0 1)", "'prod: product can only be calculated along a single dimension, given 2"],
    ["Sum((1 2;3 4);();1b)", "enlist enlist 10"],
  ]);

  talk("means and deviations", [
    ["meanvar 1 2 3 4", "2.5 1.6666666e"],
    ["std(1 2 3 4f;0b)", "1.118033988749895"],
    ["variance((1 3f;2 6f);();0b;1b)", "enlist enlist 3.5"],
    ["class meanstd tensor 1 2 3", "`tensor"],
    ["mean(1 2 3;`double)", "2f"],
    ["std(1 2 3f;`a)", "'std: unrecognized args, expecting up to 5, (input;dim;unbiased;keepdim;output)"],
    ["logsumexp 1 2 3f", "'logsumexp: needs explicit dimension(s) for log of summed exponentials"],
    ["logsumexp(1 2 3f;())", "'logsumexp: needs explicit dimension(s) for log of summed exponentials"],
  ]);

  talk("unique values", [
    ["unique(3 1 3;0N)", "1 3"],
    ["unique(3 1 3;1b;0b;1b)", "(1 3;1 2)"],
    ["uniquec(1 1 2 1;1b)", "(1 2 1;0 0 1 2)"],
    [
      "unique(3 1 3;0;`a)",
      "'unique: unrecognized arg(s), given input & dim, up to 3 additional flags expected for sorted,indices & counts",
    ],
  ]);
});

describe("comparisons and sorting", () => {
  talk("tolerances and types", [
    ["close 1 1.1 .2", "1b"],
    ["close 1 2 3", "'close: unable to derive a pair of values to compare from inputs of size [3]"],
    ["eq(1 2e;1)", "10b"],
    ["eq(1 2;3;::)", "::"],
    ["In(2 3;3 4;0b;1b)", "10b"],
    ["In(3;3 4)", "1b"],
  ]);

  talk("topk takes the sorted flag after the largest one", [
    ["topk(3 1 2;2;0;0b;1b)", "(1 2;1 2)"],
    [
      "topk(3 1 2;2;`a)",
      "'topk: unrecognized 3rd arg, expecting dimension or largest flag, given symbol scalar",
    ],
    ["kthvalue(3 1 2;2;0;1)", "'kthvalue: unrecognized 4th arg, expecting keepdim flag, given long scalar"],
    ["v:vector enlist 1 2 3; topk(3 1 2;1;v); vector v", "(enlist 3;enlist 0)"],
  ]);
});

describe("other mathematics", () => {
  talk("counts that would take for ever", [
    ["histc(1 2 3f;1000000000)", "'histc: expecting at most 100000000 bins, given 1000000000"],
    ["bincount(1 2;1000000000)", "'bincount: expecting at most 100000000 bins, given 1000000000"],
    ["bincount 1 0W", "'bincount: expecting numbers of at most 100000000"],
    ["bincount 1 2 2h", "0 1 2"],
    ["histc(1 2 3f;2f)", "'histc: unrecognized arg(s), expecting 1-5 args, (input;bins;lo;hi;output)"],
  ]);

  talk("flatten by position and by name", [
    ["flatten(1 2;3 4)", "1 2 3 4"],
    ["flatten((2 2 2#til 8);1)", "(0 1 2 3;4 5 6 7)"],
    ["flatten((2 2 2#til 8);1;2)", "(0 1 2 3;4 5 6 7)"],
    ["flatten((2 2 2#til 8);`end,1)", "(0 1;2 3;4 5;6 7)"],
    ["flatten((2 2 2#til 8);`start`end!1 2)", "(0 1 2 3;4 5 6 7)"],
    ["t:tensor(1 2;3 4); x:flatten t; tensor x", "1 2 3 4"],
    ["flatten((1 2;3 4);1;2;3)", "'flatten: expecting up to 3 positional args, 4 given"],
  ]);

  talk("offsets beyond any matrix", [
    ["tril((1 2;3 4);0W)", "(1 2;3 4)"],
    ["triu((1 2;3 4);0W)", "(0 0;0 0)"],
    ["tril((1 2;3 4);0N)", "(0 0;0 0)"],
    ["x:tensor(1 2;3 4); triu(x;::); tensor x", "(1 2;0 4)"],
    ["diagflat(1 2;0;x)", "'diagflat: output tensor not implemented"],
    ["diag 5", "'diag: not implemented for long scalar"],
    ["Flip((1 2;3 4);0 1)", "(4 3;2 1)"],
    ["Flip((1 2;3 4);0;1)", "'Flip: expecting 2 arguments, (input;dims), given 3"],
    ["Flip 1 2f", "'Flip: unrecognized arg(s), expecting 2 arguments, (input;dims)"],
    ["diagflat(1 2;0W)", "'wsfull"],
    ["diagflat(1 2;1000000)", "'wsfull"],
  ]);
});

describe("help on operators", () => {
  talk("forms of a function, and what is beyond ktorch", [
    ["help[`topk]`forms", 'enlist"topk(x;k;dim?;largest?;sort?;output?)"'],
    ["help[`logaddexp2]`example", '"logaddexp2(1 2f;1 2f)"'],
    ["`logaddexp2 in help[`beyond]`function", "1b"],
  ]);
});
