/**
 * The forms of the functions that have no operator's row, with one call each: what `help` says of them.
 * Forms stand side by side, ` | ` between; an argument with `?` may be left out. No form at all: `name[]`.
 */

/** What the examples use; each of them stands after these lines. */
export const SET_UP: readonly string[] = [
  'x:tensor 4 3#"e"$til 12; y:tensor 0 1 0 1',
  "q:module seq(`sequential; (`linear;`a;3;2); (`batchnorm1d;`b;2))",
  "l:loss`ce; o:opt(`sgd;q;.1); c:tensor(`complex;1 2e;3 4e)",
  's:sparse tensor x; a:(2 1e;1 3e); b:2 1#1 2e; t:2 3 3#"e"$til 18',
];

type Forms = readonly [forms: string, example: string];

/** Functions of one thing: what it is called, and the example's. */
const each = (form: string, x: string, names: string): Readonly<Record<string, Forms>> =>
  Object.fromEntries(names.split(" ").map((name) => [name, [form, `${name} ${x}`]]));

export const FORMS: Readonly<Record<string, Forms>> = {
  // tensors
  tensor: [
    "value;options? |  | value;output | tensor | tensor;ind | tensor;dim;ind | tensor;flag | tensor;flag;ind | tensor;flag;dim;ind | vector | vector;ind | dict | dict;key | mode;size;options? | mode;tensor;options? | mode;size;output",
    "tensor(`zeros;2 3)",
  ],
  options: [" | name | object", "options x"],
  makegrid: ["images;rows;columns;padding?;value?", "makegrid(reshape(x;1 1 4 3);1;1)"],
  // needs a folder for files (--data)
  png: ["file;image | file;image;replace", ""],
  // devices
  to: ["object;options;async? | object;example;async?", "to(x;`double)"],
  device: [" | object", "device x"],
  copyto: ["tensor;options;async? | tensor;example;async?", "copyto(x;`cpu)"],
  seed: [" | seed | device | device;seed", "seed 42"],
  // info
  contiguous: ["object | object;memory-format", "contiguous x"],
  same: ["tensor1;tensor2", "same(x;x)"],
  alias: ["tensor1;tensor2", "alias(x;x)"],
  gradflag: [
    "object | object;flag | dict;keys | dict;keys;flag | vector;indices | vector;indices;flag",
    "gradflag q",
  ],
  // sparse
  sparse: ["input | input;sparsedim | input;mask", "sparse tensor x"],
  dense: ["tensor", "dense sparse tensor x"],
  sparseindex: ["input | input;sparsedim", "sparseindex tensor x"],
  // types
  dtype: [" | sym | object", "dtype x"],
  // swa
  copyparms: ["module | module;dict", "copyparms q"],
  avgparms: ["module;dict", "d:copyparms q; avgparms(q;d)"],
  batchnorm: ["module | module;momenta", "batchnorm q"],
  // train
  grad: ["tensor", "z:tensor(1 2e;`grad); backward Sum z; grad z"],
  forward: ["module;name?;inputs | model", "forward(q;x)"],
  nforward: ["module;name?;inputs | model", "nforward(q;x)"],
  eforward: ["module;name?;inputs | model", "eforward(q;x)"],
  evaluate: ["module;name?;inputs | model", "evaluate(q;x)"],
  backward: [
    "tensor;mode? | tensor;gradtensor;mode? | model | model;inputs;targets?",
    "backward(model(q;l;o);x;y)",
  ],
  backstep: ["model | model;inputs;targets", "backstep(model(q;l;o);x;y)"],
  train: [
    "model | model;flag | model;name | model;names | model;name;value | model;names;values | model;dict | model;inputs | model;inputs;targets",
    "m:model(q;l;o); train(m;`batchsize;2); train(m;x;y)",
  ],
  test: [
    "model | model;flag | model;name | model;names | model;name;value | model;names;values | model;dict | model;inputs | model;inputs;targets",
    "m:model(q;l;o); test(m;`batchsize;2); test(m;x;y)",
  ],
  data: ["model | model;inputs | model;inputs;targets", "m:model(q;l;o); data(m;x;y); data m"],
  testdata: ["model | model;inputs | model;inputs;targets", "m:model(q;l;o); testdata(m;x;y); testdata m"],
  input: ["model | model;inputs", "m:model(q;l;o); input(m;x); input m"],
  target: ["model | model;targets", "m:model(q;l;o); target(m;y); target m"],
  testinput: ["model | model;inputs", "m:model(q;l;o); testinput(m;x); testinput m"],
  testtarget: ["model | model;targets", "m:model(q;l;o); testtarget(m;y); testtarget m"],
  ...each("model", "m:model(q;l;o)", "datasize testsize testrestore unshuffle batchinit testinit testbatch"),
  shuffle: ["object | object;dim", "shuffle x"],
  clip: ["model | object;maxnorm;normtype?;groupflag?", "backward loss(l;forward(q;x);y); clip(q;.1)"],
  clipv: ["object;value", "backward loss(l;forward(q;x);y); clipv(q;.1)"],
  history: ["model?", "m:model(q;l;o); run(m;x;y); history m"],
  fit: [
    "model;epochs | model;epochs;options",
    "m:model(q;l;o); train(m;x;y); fit(m;3;`patience`schedule!(2;`cosine))",
  ],
  run: ["model | model;epochs | model;inputs | model;inputs;targets", "run(model(q;l;o);x;y)"],
  testrun: ["model | model;inputs | model;inputs;targets", "testrun(model(q;l;o);x;y)"],
  step: ["object", "backward loss(l;forward(q;x);y); step o"],
  zerograd: ["object", "zerograd o"],
  // vectors
  vector: ["inputs | vector | vector;ind | vector;vector2 | vector;ind;value", "vector(1 2 3;4 5)"],
  // dictionaries
  dict: [
    "dictionary | keys;values | dict | dict;key | dict;dictionary | dict;key;value",
    "dict`a`b!(1 2 3;4 5)",
  ],
  // pointers
  obj: ["", "obj[]"],
  mapped: ["x", "mapped q"],
  free: [" | object | list | dictionary", "free x"],
  use: ["tensor;y | vector;y | dict;y", "use[x]2*tensor x"],
  // modules
  seq: ["layers", "seq(`relu;`tanh)"],
  tree: ["d", "tree((0;`a);(1;`b);(1;`c))"],
  dv: ["t", "dv(`a;`b;`c)"],
  module: [
    "spec | dv | table | module | module;flag | module;spec | module;other | module;depth;spec | model | optimizer",
    "module seq(`sequential; (`linear;`a;3;2); `relu)",
  ],
  names: ["module | module;child", "names q"],
  childnames: ["module | module;child", "childnames q"],
  modules: ["module | module;child", "modules q"],
  children: ["module | module;child", "children q"],
  child: ["module;child", "child(q;`a)"],
  moduletypes: ["module | module;types", "moduletypes q"],
  inputmodule: ["module", "inputmodule q"],
  kforward: ["module;name?;inputs", "kforward(q;x)"],
  callbacks: [" ", "callbacks[]"],
  outputmodule: ["module", "outputmodule q"],
  parmnames: ["module | module;child", "parmnames q"],
  buffernames: ["module | module;child", "buffernames q"],
  parms: ["module | module;child", "parms q"],
  buffers: ["module | module;child", "buffers q"],
  parm: ["module;name | module;name;value", "parm(q;`a.bias)"],
  buffer: ["module;name | module;name;value", "buffer(q;`b.running_mean)"],
  training: ["module | module;flag", "training(q;0b)"],
  state: ["object | object;flag", "state q"],
  help: [" | topic | object", "help`linear"],
  // freeze
  freeze: ["object | module;names | module;names;values | module;dict", "freeze(q;`a.weight)"],
  unfreeze: ["object | module;names | module;names;values | module;dict", "unfreeze q"],
  // math-linalg
  lun: [
    "lu;dataflag?;pivotflag? | matrix;pivots;dataflag?;pivotflag? | lu;dataflag?;pivotflag?;outputs",
    "lun lu a",
  ],
  lusolve: ["b;lu | b;lu;output | b;matrix;pivot | b;matrix;pivot;output", "lusolve(b;lu a)"],
  // math-random
  multinomial: ["x;n?;replace? | x;n?;replace?;output", "multinomial(.1 .2 .7;2)"],
  // math-spectral
  bartlett: ["length;periodic?;options?", "bartlett 5"],
  blackman: ["length;periodic?;options?", "blackman 5"],
  hann: ["length;periodic?;options?", "hann 5"],
  hamming: ["length;periodic?;alpha?;beta?;options?", "hamming 5"],
  kaiser: ["length;periodic?;beta?;options?", "kaiser 5"],
  fftfreq: ["length;scale?;options? | length;scale?;output", "fftfreq 4"],
  rfftfreq: ["length;scale?;options? | length;scale?;output", "rfftfreq 4"],
  // complex
  isreal: ["tensor", "isreal c"],
  real: ["tensor", "real c"],
  imag: ["tensor", "imag c"],
  // tensorop
  narrow: ["tensor;dim;offset;size | vector;dim;offset;size | array;dim;offset;size", "narrow(x;0;1;2)"],
  index: ["input;dim;index | input;dim;indices", "index(x;0;0 2)"],
  transpose: ["input | tensor;inplace | input;dim1;dim2 | tensor;dim1;dim2;inplace", "transpose(x;0;1)"],
  squeeze: ["input | input;dim | tensor;dim;inplace | tensor;inplace", "squeeze(x;0)"],
  unsqueeze: ["input;dim | tensor;dim;inplace", "unsqueeze(x;0)"],
  resize: ["tensor;size | tensor;example | array;size | array;example", "resize(x;2 6)"],
  detach: ["tensor | tensor;inplace | vector | vector;indices | dict | dict;keys", "detach x"],
  cat: [
    "inputs | inputs;dim? | inputs;output | inputs;dim;output | vector | vector;dim | vector;output | vector;dim;output",
    "cat(x;x)",
  ],
  stack: [
    "inputs | inputs;dim? | inputs;output | inputs;dim;output | vector | vector;dim | vector;output | vector;dim;output",
    "stack(x;x)",
  ],
  batch: ["model | object;batchsize | object;batchsize;index", "batch(x;2)"],
  restore: ["object | object;dim?", "batch(x;2); restore x"],
  reset: ["tensor;offset;size?;stride?", "reset(x;0;2 2;3 1)"],
  // init
  zeros: ["tensors | tensors;indices | tensors;names | input", "zeros x"],
  ones: ["tensors | tensors;indices | tensors;names | input", "ones x"],
  fill: ["tensors;value | tensors;indices;value | input;value | input;indices;value", "fill(x;2)"],
  // loss
  loss: [
    "name;options? | state | loss | loss;flag | model | loss;output;target | loss;output;target;weight | loss;output1;output2;target | loss;output;target;lengths;targetlengths",
    "loss`mse",
  ],
  bce: ["x;y;weight?;reduce?", "bce(.2 .8e;0 1e)"],
  bcelogit1: ["x;y;weight?;reduce?", "bcelogit1(.2 .8e;0 1e)"],
  bcelogit2: ["x;y;batchweight;weight?;reduce?", "bcelogit2(.2 .8e;0 1e;1 2e)"],
  ce: ["x;y;weight?;ignore?;smoothing?;reduce?", "ce(2 2#.1 .9 .8 .2e;1 0)"],
  cosineloss: ["x;y;target;margin?;reduce?", "cosineloss(2 2#1 2 3 4e;2 2#4 3 2 1e;1 -1)"],
  ctc: [
    "x;y;xlengths;ylengths;blank?;zeroinf?;reduce?",
    "ctc(tensor(`zeros;4 1 3);enlist 1 2;enlist 4;enlist 2)",
  ],
  hinge: ["x;y;margin?;reduce?", "hinge(.5 -1e;1 -1e)"],
  huber: ["x;y;delta?;reduce?", "huber(1 2e;1 4e)"],
  kl: ["x;y;reduce?", "kl(-1 -2e;.4 .6e)"],
  l1: ["x;y;reduce?", "l1(1 2e;1 4e)"],
  margin: ["x;y;target;margin?;reduce?", "margin(1 2e;2 1e;1 -1e)"],
  mse: ["x;y;reduce?", "mse(1 2e;1 4e)"],
  multilabel: ["x;y;reduce?", "multilabel(enlist .1 .2 .4 .8e;enlist 3 0 -1 1)"],
  multimargin: ["x;y;p?;margin?;weight?;reduce?", "multimargin(2 2#.1 .9 .8 .2e;1 0)"],
  multisoft: ["x;y;weight?;reduce?", "multisoft(2 2#.1 .9 .8 .2e;2 2#0 1 1 0e)"],
  nll: ["x;y;weight?;ignore?;reduce?", "nll(2 2#-1 -2 -3 -.5e;0 1)"],
  pairwise: ["x;y;p?;eps?;keepdim?", "pairwise(2 2#1 2 3 4e;2 2#4 3 2 1e)"],
  poissonloss: ["x;y;log?;full?;eps?;reduce?", "poissonloss(1 2e;1 4e)"],
  similar: ["x;y;dim?;eps?", "similar(2 2#1 2 3 4e;2 2#4 3 2 1e)"],
  smoothl1: ["x;y;beta?;reduce?", "smoothl1(1 2e;1 4e)"],
  softmargin: ["x;y;reduce?", "softmargin(1 2e;1 -1e)"],
  triplet: [
    "anchor;positive;negative;margin?;p?;eps?;swap?;reduce?",
    "triplet(2 2#1 2 3 4e;2 2#1 2 3 5e;2 2#4 3 2 1e)",
  ],
  // opt
  opt: [
    "name;parms?;options? | name;group?;parms?;options? | optimizer | optimizer;flag | optimizer;group?;parms?;options? | state;module | model",
    "opt(`sgd;q;.1)",
  ],
  lr: ["object | object;rates", "lr(o;.05)"],
  // model
  model: ["module;loss;optimizer | model;object | model | model;flag", "model(q;l;o)"],
  // overview
  functions: ["", "functions[]"],
  ...each(
    "object",
    "x",
    "size stride dim itemsize numel elements bytes offset ptr ref weakref sptr sref layout memory gradfn gradient defined leaf pinned tensorcount str ktype addref return",
  ),
  ...each("tensor", "x", "info detail"),
  ...each("object", "s", "sparsedim densedim coalesced sparseflag nnz"),
  ...each("tensor", "s", "coalesce indices values"),
  ...each("object", "q", "nograd class objtype clone"),
  ...each("module", "q", "parmtypes"),
};

/** Calls of functions with an operator's row where its tensors are not all like `x`, or tensors alone will not do. */
export const EXAMPLES: Readonly<Record<string, string>> = {
  bilinear: "bilinear(x;x;t)",
  prelu: "prelu(x;enlist .25e)",
  bitwisenot: "bitwisenot 1 2 3",
  logsumexp: "logsumexp(x;0)",
  bmm: "bmm(t;t)",
  dot: "dot(1 2e;3 4e)",
  outer: "outer(1 2e;3 4e)",
  matmul: "matmul(a;b)",
  mm: "mm(a;b)",
  mv: "mv(a;1 2e)",
  householder: "householder(a;1 2e)",
  addbmm: "addbmm(3 3#0e;t;t)",
  addmm: "addmm(b;a;b)",
  addmv: "addmv(1 2e;a;3 4e)",
  addr: "addr(a;1 2e;3 4e)",
  baddbmm: "baddbmm(t;t;t)",
  multidot: "multidot(a;a;b)",
  chol: "chol a",
  cholx: "cholx a",
  eig: "eig a",
  eigh: "eigh a",
  eigvals: "eigvals a",
  eigvalsh: "eigvalsh a",
  det: "det a",
  logdet: "logdet a",
  slogdet: "slogdet a",
  inverse: "inverse a",
  cholinverse: "cholinverse a",
  cholsolve: "cholsolve(b;chol a)",
  solve: "solve(a;b)",
  bernoulli: "bernoulli .2 .8e",
  clamp: "clamp(x;2;5)",
  lerp: "lerp(1 2e;3 4e;.5)",
  mvlgamma: "mvlgamma(3 4e;2)",
  mnorm: "mnorm a",
  unique: "unique 1 2 1",
  topk: "topk(x;2)",
  kthvalue: "kthvalue(x;2)",
  power: "power(a;2)",
  trisolve: "trisolve(a;b;1b)",
  bincount: "bincount 1 2 2",
  Flip: "Flip(x;0)",
  renorm: "renorm(x;2;0;1)",
  roll: "roll(x;1)",
  reshape: "reshape(x;3 4)",
  View: "View(x;3 4)",
  expand: "expand(b;2 3)",
  permute: "permute(x;1 0)",
};
