/** Functions on modules, losses, optimizers and models for states.test.ts: a call, what it takes, what it refuses. */

/** How a function is called with the handle `h`, on which object it works, and what it says of another. */
export interface Use {
  readonly call: string;
  readonly good: string;
  /** An object that it refuses, and how. */
  readonly bad?: readonly [make: string, error: string];
}

const TENSOR = "tensor 1 2 3e";
const RELU = "module`relu";
const LINEAR = "module enlist(`linear;1;1)";
const CHAIN = "module seq(`sequential;(`linear;1;1);`relu)";
const NORM = "module enlist(`batchnorm1d;2)";
const MSE = "loss`mse";
const SGD = "opt`sgd";
const MODEL = "model(q;loss`mse;opt(`sgd;q:module enlist(`linear;1;1)))";

const refusesTensor = (name: string): Use => ({
  call: `${name} h`,
  good: CHAIN,
  bad: [TENSOR, `${name}: not implemented for tensor`],
});

/** @param who what errors call it */
const forward = (name: string, who = name): readonly Use[] => [
  {
    call: `${name}(h;1 2e)`,
    good: RELU,
    bad: [TENSOR, `${who}: requires a module or model and at least one input`],
  },
  { call: `${name}(module\`relu;h)`, good: TENSOR, bad: [RELU, `${who}: unrecognized arg, module`] },
];

/** Functions of a model alone. @param refusal what another object is told */
const ofModel = (name: string, refusal: string): Use => ({
  call: `${name} h`,
  good: MODEL,
  bad: [RELU, `${name}: ${refusal}`],
});

/** What may be given to a model as data. */
const given = (name: string): readonly Use[] => [
  {
    call: `${name}(model(module\`relu;loss\`mse;opt\`sgd);h)`,
    good: TENSOR,
    bad: [SGD, `${name}: unrecognized arg, optimizer`],
  },
  { call: `${name} h`, good: MODEL, bad: [RELU, `${name}: 1st argument must be a model`] },
];

export const MODULE_USES: readonly Use[] = [
  { call: "module h", good: RELU, bad: [SGD, "module: no module registered with given optimizer"] },
  { call: "module h", good: MODEL },
  { call: "module(h;0b)", good: RELU },
  { call: "module(h;`relu)", good: CHAIN, bad: [RELU, "relu: depth 1 above max depth of 0"] },
  { call: "module(h;1;`relu)", good: CHAIN },
  { call: "module(module`sequential;h)", good: RELU },
  { call: "state h", good: LINEAR, bad: [TENSOR, "state not defined for tensor"] },
  { call: "state h", good: MODEL },
  ...["names", "childnames", "modules", "children", "moduletypes"].map(refusesTensor),
  ...["parmnames", "buffernames", "parms", "buffers"].map(refusesTensor),
  { call: "child(h;0)", good: CHAIN, bad: [TENSOR, "unable to retrieve module"] },
  {
    call: "parmtypes h",
    good: LINEAR,
    bad: [TENSOR, "parmtypes: expecting model, module or optimizer, given tensor"],
  },
  { call: "parm(h;`weight)", good: LINEAR, bad: [TENSOR, "parm: not implemented for tensor"] },
  { call: "parm(h;`weight;0)", good: LINEAR },
  { call: "buffer(h;`running_mean)", good: NORM, bad: [TENSOR, "buffer: not implemented for tensor"] },
  { call: "buffer(h;`running_mean;1 2e)", good: NORM },
  ...["inputmodule", "outputmodule"].map((name) => ({
    call: `${name} h`,
    good: CHAIN,
    bad: [SGD, `${name}: not implemented for optimizers`] as const,
  })),
  { call: "module enlist(`encoder;h;1)", good: "module enlist(`encoderlayer;2;1;2)" },
  { call: "dict parms module enlist(`parmdict;h)", good: "dict`a`b!1 2e" },
  {
    call: "avgparms(h;copyparms h)",
    good: LINEAR,
    bad: [TENSOR, "copyparms: expecting model, module or optimizer, given tensor"],
  },
  {
    call: "avgparms(module enlist(`linear;1;1);h)",
    good: "copyparms module enlist(`linear;1;1)",
    bad: [TENSOR, "avgparms: expecting dictionary of parameters for 2nd arg, given tensor"],
  },
  { call: "copyparms(h;copyparms h)", good: MODEL },
  { call: "batchnorm h", good: NORM, bad: [SGD, "batchnorm: expecting model or module, given optimizer"] },
  { call: "batchnorm(h;batchnorm h)", good: NORM },
  { call: "training h", good: RELU, bad: [MSE, "training: not implemented for loss"] },
  { call: "training(h;0b)", good: MODEL, bad: [SGD, "training: not implemented for optimizer"] },
  {
    call: "clone h",
    good: CHAIN,
    bad: [MSE, "clone: expecting module, model or optimizer, not implemented for loss"],
  },
  ...["forward", "eforward", "evaluate"].flatMap((name) => forward(name)),
  ...forward("nforward", "forward"),
  ...["train", "test", "data", "testdata", "input", "testinput", "target", "testtarget"].flatMap(given),
  ...["datasize", "testsize"].map((name) => ofModel(name, "model argument expected, given module")),
  ...["batchinit", "testinit"].map((name) => ofModel(name, "expected model as argument, given module")),
  ...["batch", "testbatch"].map((name) => ofModel(name, "expecting model as only argument, given module")),
  ofModel("testrestore", "not implemented for module"),
  ofModel("unshuffle", "requires model argument, given module"),
  ...["run", "testrun"].map((name) => ofModel(name, "model expected as 1st argument, given module")),
  {
    call: "shuffle h",
    good: TENSOR,
    bad: [RELU, "shuffled: expecting tensor,vector,dictionary or model, given module"],
  },
  { call: "clip(h;1)", good: LINEAR, bad: [MSE, "clip gradient norm: not implemented for loss"] },
  { call: "clipv(h;1)", good: TENSOR, bad: [MSE, "clip gradient value: not implemented for loss"] },
  { call: "loss h", good: MSE, bad: [TENSOR, "loss: unrecognized arg(s)"] },
  { call: "loss h", good: MODEL },
  { call: "loss(h;1 2e;1 3e)", good: MSE, bad: [RELU, "loss: unrecognized arg(s)"] },
  { call: "loss(loss`mse;h;1 2 3e)", good: TENSOR, bad: [RELU, "loss: unrecognized arg, module"] },
  { call: "loss(`ce;h)", good: TENSOR, bad: [RELU, "ce weight: expected array or tensor, given object"] },
  { call: "mse(h;1 2 3e)", good: TENSOR, bad: [RELU, "mse: expecting array or tensor, given module"] },
  { call: "opt h", good: SGD, bad: [TENSOR, "opt: not implemented for tensor"] },
  { call: "opt h", good: MODEL },
  { call: "opt(h;0b)", good: SGD, bad: [TENSOR, "opt: not implemented for tensor"] },
  { call: "opt(`sgd;h)", good: LINEAR, bad: [MSE, "opt: cannot derive parameters from loss"] },
  { call: "opt(h;0;module enlist(`linear;1;1))", good: SGD },
  { call: "lr h", good: SGD, bad: [RELU, "lr: not implemented for module"] },
  { call: "lr(h;.5)", good: MODEL, bad: [RELU, "lr: not implemented for module"] },
  { call: "model h", good: MODEL },
  {
    call: "model(h;loss`mse;opt`sgd)",
    good: RELU,
    bad: [TENSOR, "model arg[0] unrecognized: tensor"],
  },
  { call: "model(h;loss`l1)", good: MODEL },
  {
    call: "backward h",
    good: "tensor(2e;`grad)",
    bad: [
      RELU,
      "backward: expects tensor or model as 1st arg, e.g. backward(tensor) or backward(model;inputs;targets)",
    ],
  },
  { call: "backward(h;1 1e)", good: "tensor(1 2e;`grad)" },
  { call: "backward(h;enlist 1 2e;enlist 1 2e)", good: MODEL.replace(";1;1)", ";2;2)") },
  {
    call: "backstep(h;enlist 1 2e;enlist 1 2e)",
    good: MODEL.replace(";1;1)", ";2;2)"),
    bad: [RELU, "backstep: model expected as 1st argument, given module"],
  },
  { call: "step h", good: SGD, bad: [TENSOR, "step: expects optimizer or model, given tensor"] },
  { call: "zerograd h", good: TENSOR, bad: [MSE, "zerograd: not implemented for loss"] },
  { call: "nograd h", good: LINEAR, bad: [MSE, "nograd: not implemented for loss"] },
];
