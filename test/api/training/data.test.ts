/** What models are trained on, with which options, batch by batch (docs/train.rst). */
import { talk } from "../rig.js";

const MODEL = "m:model(module`identity;loss`mse;opt`sgd)";
const ALL = "`batchsize`task`tasks`droplast`hidden`shuffle`shufflecuda`shuffleseed`sync`clipgroup";

describe("train and test: options", () => {
  talk("as they are at first, all, some, one", [
    [MODEL],
    ["key train m", `${ALL},\`clipnorm\`clipvalue\`tensor\`dictionary\`metrics`],
    ["key train(m;0b)", `${ALL},\`tensor\`dictionary\`metrics`],
    ["value train(m;0b)", "(32;0;1;0b;0b;0b;0b;0;0b;0b;0b;0b;enlist`loss)"],
    [
      "test m",
      "`batchsize`task`tasks`droplast`hidden`tensor`dictionary`metrics!(100;0;1;0b;0b;0b;0b;enlist`loss)",
    ],
    ["train(m;`task`tasks)", "`task`tasks!0 1"],
    ["train(m;enlist`shuffle)", "(enlist`shuffle)!enlist 0b"],
    ["train(m;`metrics)", "enlist`loss"],
    ["train(m;`clipnorm)", "(::)"],
  ]);

  talk("set one, several, by dictionary; what clips by norm does not by value", [
    [MODEL],
    ["train(m;`batchsize;7)", "(::)"],
    ["train(m;`shuffle`hidden;11b)"],
    ["train(m;`batchsize`shuffle`hidden)", "`batchsize`shuffle`hidden!(7;1b;1b)"],
    ["train(m;`droplast`metrics!(1b;`loss`accuracy))"],
    ["train(m;`metrics)", "`loss`accuracy"],
    ["train(m;`metrics;())"],
    ["train(m;`metrics)", "0#`"],
    ["train(m;`clipnorm;3)"],
    ["train(m;`clipnorm)", "3 2f"],
    ["train(m;`clipnorm;1 0w)"],
    ["train(m;`clipvalue;.5)"],
    ["train(m;`clipnorm`clipvalue)", "`clipnorm`clipvalue!(::;.5)"],
    ["train(m;`clipvalue;::)"],
    ["train(m;`clipvalue)", "(::)"],
    ["test(m;`batchsize)", "100"],
    ["model[m][`train;`batchsize]", "7"],
    ["state[m][`train;`batchsize]", "7"],
  ]);

  talk("a call that fails sets none", [
    [MODEL],
    ["train(m;`batchsize`shuffle;(50;1))", "'shuffle: expects one boolean, given long scalar"],
    ["train(m;`batchsize`zz;(50;1))", "'unrecognized train setting: zz"],
    ["train(m;`batchsize`task;50 1)", "'train: task 1 implies at least 2 tasks, but only 1 defined"],
    ["train(m;`batchsize`tasks;0 2)", "'train: zero batchsize incompatible with 2 tasks"],
    ["train(m;`batchsize`task`tasks)", "`batchsize`task`tasks!32 0 1"],
  ]);

  talk("values that no option has", [
    [MODEL],
    ["train(m;`batchsize;-1)", "'batchsize: cannot be less than zero, given -1"],
    ["train(m;`batchsize;0N)", "'batchsize: cannot be less than zero, given -9223372036854775808"],
    ["train(m;`batchsize;2i)", "'batchsize: expects one long integer, given int scalar"],
    ["train(m;`batchsize;2 3)", "'batchsize: expects one long integer, given long list"],
    ["train(m;`tasks;0)", "'tasks: cannot be less than one, given 0"],
    ["train(m;`clipnorm;-1)", "'clipnorm: maximum norm cannot be null or less than zero, given -1"],
    ["train(m;`clipnorm;0N)", "'clipnorm: maximum norm cannot be null or less than zero, given NaN"],
    [
      "train(m;`clipnorm;(1;`a))",
      "'clipnorm: expecting 1-2 numbers, long integers or doubles, given general list",
    ],
    ["train(m;`clipvalue;0n)", "'clipvalue: maximum gradient cannot be null or less than zero, given NaN"],
    ["train(m;`metrics;`loss`zz)", "'unrecognized metric: zz"],
    ["train(m;1;2;3)", "'train: up to 3 args expected, (model;inputs;targets) but 4 given"],
    ["train(m;`a`b;1)", "'train: unable to set values from long scalar"],
    ["train(m;`batchsize`task;(1;2;3))", "'train: 2 symbol(s) but 3 value(s)"],
    ["train(m;`batchsize`shuffle;1 2i)", "'train: unable to set options given int list"],
    ["test(m;`clipnorm;1)", "'unrecognized test setting: clipnorm"],
    ["train 1", "'train: 1st argument must be a model"],
    ["train(module`relu;`batchsize)", "'train: 1st argument must be a model"],
    // as large as a long can be
    ["train(m;`batchsize;0W)"],
    ["train(m;`tasks;0W)"],
    ["train(m;1 2 3;4 5 6)", "1"],
    ["batch m", "1b"],
    ["data m", "(1 2 3;4 5 6)"],
    ["batch m", "0b"],
  ]);
});

describe("data", () => {
  talk("arrays, tensors, vectors, dictionaries and parts of them", [
    [MODEL],
    ["train(m;`batchsize;2)"],
    ["data m", "(::;::)"],
    ["data(m;1 2 3;4 5 6)", "2"],
    ["data m", "(1 2 3;4 5 6)"],
    ["v:vector(1 2 3;4 5 6e)"],
    ["data(m;v;7 8 9)", "2"],
    ["data m", "((1 2 3;4 5 6e);7 8 9)"],
    ["class input m", "`vector"],
    ["data(m;((v;1);(v;0)))", "2"],
    ["data m", "((4 5 6e;1 2 3);::)"],
    ["(::)~target m", "1b"],
    ["data(m;(v;0);(v;1))"],
    ["data m", "(1 2 3;4 5 6e)"],
    ["d:dict`a`b!(1 2 3;4 5 6e)"],
    ["data(m;d)", "2"],
    ["first data m", "`a`b!(1 2 3;4 5 6e)"],
    ["class input m", "`dictionary"],
    ["data(m;(d;`b`a))"],
    ["first data m", "(4 5 6e;1 2 3)"],
    ["input(m;7 8 9;1 0 1)", "2"],
    ["first data m", "(7 8 9;1 0 1)"],
    ["target(m;0 0 0)", "2"],
    ["last data m", "0 0 0"],
    ["testdata m", "(::;::)"],
  ]);

  talk("that cannot be batched is refused, and what was there stays", [
    [MODEL],
    ["data(m;1 2 3;4 5 6)"],
    ["data(m;1 2 3;4 5)", "'tensor size mismatch, 3 vs 2"],
    ["data(m;(1 2 3;(1 2;3 4)))", "'tensor size mismatch, 3 vs 2"],
    ["target(m;1 2)", "'tensor size mismatch, 3 vs 2"],
    ["data(m;5)", "'Dimension specified as 0 but tensor has no dimensions"],
    ["data(m;`a)", "'data: unrecognized arg, symbol scalar"],
    ["data(m;`a`b)", "'data: unrecognized arg, symbol list"],
    ["data(m;{x})", "'data: unrecognized arg, lambda"],
    ["data(m;(vector(1 2;3 4);2))", "'data: vector[2] invalid for 2-element vector"],
    [
      "data(m;(vector(1 2;3 4);`a))",
      "'data: vector paired with symbol scalar expecting long index or indices",
    ],
    ["data(m;(dict`a`b!1 2;`c))", "'dictionary key: `c not found"],
    [
      "data(m;(dict(enlist`a)!enlist 1 2;tensor 1 2))",
      "'data: dictionary paired with tensor expecting symbol key(s)",
    ],
    [
      "data(m;(1 2;dict(enlist`a)!enlist 1 2))",
      "'data: unable to merge dictionary with previously specified tensor(s)",
    ],
    ["data(m;sparse(1 0;0 1))", "'Cannot access storage of SparseTensorImpl"],
    ["data(m;module`relu)", "'data: unrecognized arg, module"],
    ["data m", "(1 2 3;4 5 6)"],
    ["data(m;0#1 2;1 2 3)", "'tensor size mismatch, 0 vs 3"],
    ["data(m;();())", "0"],
    ["batch m", "0b"],
  ]);

  talk("shares tensors, and takes a part of one as it stands", [
    [MODEL],
    ["train(m;`batchsize;2)"],
    ["x:tensor 10 20 30 40"],
    ["train(m;x;1 2 3 4)", "2"],
    ["use[x]5 6"],
    ["data m", "(10 20 30 40;1 2 3 4)"],
    ["y:tensor til 10"],
    ["p:narrow(y;0;4;3)"],
    ["data(m;p;narrow(y;0;0;3))", "2"],
    ["data m", "(4 5 6;0 1 2)"],
    ["batch m;data m", "(4 5;0 1)"],
    ["batch m;data m", "(enlist 6;enlist 2)"],
    ["batch m", "0b"],
    ["data m", "(4 5 6;0 1 2)"],
    ["tensor y", "til 10"],
    ["data(m;tensor 1 2 3 4;tensor(`zeros;4 0))", "2"],
    ["batch m;data m", "(1 2;2#enlist 0#0e)"],
    ["batch m;first data m", "3 4"],
  ]);
});

describe("batches of a model", () => {
  talk("one after the other, then all again", [
    [MODEL],
    ["train(m;`batchsize;3)"],
    ["train(m;til 7;10+til 7)", "3"],
    ["r:();while[batch m;r,:enlist(datasize m;data m)]"],
    ["r[;0]", "3 3 1"],
    ["last r[;1]", "(enlist 6;enlist 16)"],
    ["datasize m", "7"],
    ["train(m;`droplast;1b)"],
    ["r:0;while[batch m;r+:1];r", "2"],
    ["batch m"],
    ["input m;restore m", "7"],
    ["datasize m", "7"],
    ["batch m;data m", "(0 1 2;10 11 12)"],
    ["train(m;`batchsize;4)"],
    ["batch m;data m", "(0 1 2 3;10 11 12 13)"],
    ["batchinit m", "1"],
    ["datasize m", "7"],
    ["testsize m", "0"],
    ["testbatch m", "0b"],
    ["testinit m", "-1"],
    ["testrestore m", "-1"],
    ["restore(m;1)", "'restore: model data is only batched on dimension 0, but given dimension 1"],
    ["testbatch(m;2)", "'testbatch: expecting model as only argument, given general list"],
    ["unshuffle 1", "'unshuffle: requires model argument, given long scalar"],
  ]);

  talk("of several tasks, each its own", [
    [MODEL],
    ["train(m;`batchsize`tasks`task;2 3 1)"],
    ["train(m;til 10)", "5"],
    ["r:();while[batch m;r,:enlist first data m];r", "(2 3;8 9)"],
    ["train(m;`task;2)"],
    ["r:();while[batch m;r,:enlist first data m];r", "enlist 4 5"],
    ["train(m;`tasks;1)"],
    ["batch m", "'batch: task 2 implies at least 3 tasks, but only 1 defined"],
  ]);

  talk("in a new order, inputs and targets alike, and back", [
    [MODEL],
    ["seed 4"],
    ["train(m;til 50;100+til 50)"],
    ["shuffle m"],
    ["first[data m]~til 50", "1b"],
    ["train(m;`shuffle;1b)"],
    ["shuffle m"],
    ["d:data m"],
    ["d[0]~til 50", "0b"],
    ["d[1]-d 0", "50#100"],
    ["(til 50)~asc d 0", "1b"],
    ["shuffle m;e:data m"],
    ["(e[0]~d 0;(til 50)~asc e 0;e[1]-e 0)", "(0b;1b;50#100)"],
    ["batch m;datasize m", "32"],
    ["unshuffle m"],
    ["data m", "(til 50;100+til 50)"],
    ["shuffle(m;1)", "'shuffle: model data is only batched on dimension 0, but given dimension 1"],
  ]);

  talk("of tasks with one seed are parts of one order", [
    [
      "f:{[i]m:model(module`identity;loss`mse;opt`sgd);train(m;`batchsize`tasks`task`shuffle`shuffleseed;(4;2;i;1b;7));train(m;til 24);r:();while[batch m;r,:first data m];r}",
    ],
    ["a:f 0"],
    ["b:f 1"],
    ["(count a;(til 24)~asc a,b)", "(12;1b)"],
    ["a~f 0", "1b"],
  ]);

  talk("tensors, vectors and dictionaries in a new order", [
    ["seed 3"],
    ["x:tensor til 20"],
    ["shuffle x"],
    ["(tensor[x]~til 20;(til 20)~asc tensor x)", "01b"],
    ["batch(x;3)"],
    ["shuffle x;(til 20)~asc tensor x", "1b"],
    ["y:tensor(2 6#til 12)"],
    ["shuffle(y;1)"],
    ["(til 6)~asc tensor[y]0", "1b"],
    ["tensor[y][1]-tensor[y]0", "6#6"],
    ["d:dict`a`b!(til 9;10*til 9)"],
    ["shuffle d"],
    ["dict[d][`b]-10*dict[d]`a", "9#0"],
    ["shuffle vector()", "(::)"],
    ["shuffle(x;3)", "'Dimension out of range (expected to be in range of [-1, 0], but got 3)"],
    ["shuffle 1", "'shuffle: not implemented for long scalar"],
    ["shuffle(x;`a)", "'shuffle: 2nd arg is dimension, but given symbol scalar"],
    ["shuffle module`relu", "'shuffled: expecting tensor,vector,dictionary or model, given module"],
  ]);
});

describe("forward of a model's data", () => {
  talk("in training mode that of training, in evaluation mode that of tests", [
    ["m:model(module seq(`sequential;(`drop;1f));loss`mse;opt`sgd)"],
    ["forward m", "'drop: forward(tensor) not implemented given empty"],
    ["data(m;3 4e)"],
    ["testdata(m;5 6e)"],
    ["tensor forward m", "0 0e"],
    ["evaluate m", "5 6e"],
    ["training(m;0b)"],
    ["tensor nforward m", "0 0e"],
    ["training m", "0b"],
    ["gradflag eforward m", "0b"],
  ]);

  talk("backward and backstep of it; loss and module must fit", [
    ["q:module enlist(`linear;1;1;0b)"],
    ["parm(q;`weight;2)"],
    ["m:model(q;loss`mse;opt(`sgd;q;.5))"],
    ["backward m", "'linear: forward(tensor) not implemented given empty"],
    ["data(m;enlist 1 3e)"],
    ["backward m", "'mse: loss calculation not implemented for tensor input & empty target"],
    ["data(m;(enlist 1e;enlist 3e);(enlist 1e;enlist 1e))"],
    // ((2-1)^2+(6-1)^2)%2, and its derivative
    ["backward m", "13e"],
    ["grad parm(m;`weight)", "enlist enlist 16e"],
    ["train(m;`clipvalue;4)"],
    ["backstep m", "13e"],
    ["tensor parm(m;`weight)", "enlist enlist 0e"],
    ["backstep(m;enlist enlist 1e)", "'backstep expecting (model;inputs;targets), but 2 args given"],
    ["backstep(m;1;2;3)", "'backstep expecting (model;inputs;targets), but 4 args given"],
    ["backward(m;1;2;3)", "'backward: up to 3 args expected, (model;inputs;targets) but 4 given"],
  ]);
});

describe("clip", () => {
  const GRADIENT = "x:tensor(3 4e;`grad);backward Sum mul(x;3 4e)";

  talk("scales gradients to a norm, of all or of each group, and answers what it was", [
    [GRADIENT],
    ["clip(x;10)", "5f"],
    ["grad x", "3 4e"],
    ["clip(x;2.5)", "5f"],
    [".0001>max abs grad[x]-1.5 2e", "1b"],
    ["1.99<clip(x;1;0w)", "1b"],
    ["y:tensor(1 2e;`grad)"],
    ["clip(y;1)", "0f"],
    ["0<clip(vector(addref x;addref y);1;1)", "1b"],
    ["clip(x;-1)", "'clip gradient norm: 2nd arg, max norm, cannot be null or less than zero, given -1"],
    ["clip(x;0N)", "'clip gradient norm: 2nd arg, max norm, cannot be null or less than zero, given NaN"],
    ["clip(x;1;0n)", "'clip gradient norm: 3rd arg, norm exponent, cannot be null"],
    ["clip(loss`mse;1)", "'clip gradient norm: not implemented for loss"],
    ["clip x", "'clip gradient norm: expects tensor(s), module, model or optimizer as 1st of 2-4 args"],
  ]);

  talk("bounds each value, as training's options say where nothing else is asked for", [
    [GRADIENT],
    ["clipv(x;3.5)", "0n"],
    ["grad x", "3 3.5e"],
    ["clipv(x;-1)", "'clip gradient value: 2nd arg, max value, cannot be null or less than zero, given -1"],
    ["q:module enlist(`linear;1;1;0b)"],
    ["m:model(q;loss`mse;opt(`sgd;q))"],
    ["backward(m;enlist enlist 1e;enlist enlist 1000e)"],
    ["clip m", "(::)"],
    ["train(m;`clipvalue;.5)"],
    ["clip m", "0n"],
    ["grad parm(m;`weight)", "enlist enlist -.5e"],
    ["train(m;`clipnorm`clipgroup;(.25;1b))"],
    ["clip m", "enlist .5"],
  ]);
});
