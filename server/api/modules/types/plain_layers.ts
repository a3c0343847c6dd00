/**
 * Module types that hold no parameters to speak of: activations, dropout, pooling, padding, and functions of tensors as
 * modules. The other types are in layers.ts.
 */
import {
  bool,
  dimensions,
  double,
  doubles,
  either,
  type LayerRow,
  layer,
  long,
  longs,
  type OptionRow,
  ratio,
  size,
  symbol,
  tensors,
  torch,
} from "./rows.js";

const inplace = bool("inplace", { fallback: false });
const FLAG_ONLY = { refusal: "unrecognized option(s), expecting single boolean flag" };
const dim = long("dim", { missing: "no dimension given", example: 1 });
const eps = (fallback: number): OptionRow => double("eps", { fallback });

const WITHOUT: readonly (readonly [name: string, pytorch: string])[] = [
  ["gelu", "GELU"],
  ["logsigmoid", "LogSigmoid"],
  ["mish", "Mish"],
  ["sigmoid", "Sigmoid"],
  ["silu", "SiLU"],
  ["softmax2d", "Softmax2d"],
  ["softsign", "Softsign"],
  ["tanh", "Tanh"],
  ["tanhshrink", "Tanhshrink"],
];

const ACTIVATIONS: readonly LayerRow[] = [
  ...WITHOUT.map(([name, pytorch]) => torch(name, pytorch)),
  torch("relu", "ReLU", [inplace], FLAG_ONLY),
  torch("relu6", "ReLU6", [inplace], FLAG_ONLY),
  torch("selu", "SELU", [inplace], FLAG_ONLY),
  torch("celu", "CELU", [double("alpha", { fallback: 1 }), inplace]),
  torch("elu", "ELU", [double("alpha", { fallback: 1 }), inplace]),
  torch("leakyrelu", "LeakyReLU", [double("slope", { fallback: 0.01 }), inplace]),
  torch("rrelu", "RReLU", [
    double("lower", { fallback: 0.125 }),
    double("upper", { fallback: 1 / 3 }),
    inplace,
  ]),
  torch("hardshrink", "Hardshrink", [double("lambda", { fallback: 0.5 })]),
  torch("softshrink", "Softshrink", [double("lambda", { fallback: 0.5 })]),
  torch("hardtanh", "Hardtanh", [double("min", { fallback: -1 }), double("max", { fallback: 1 }), inplace]),
  torch("softplus", "Softplus", [double("beta", { fallback: 1 }), double("threshold", { fallback: 20 })]),
  torch("threshold", "Threshold", [
    double("threshold", { missing: "both threshold level & replacement value must be given", example: 0.1 }),
    double("value", { missing: "both threshold level & replacement value must be given", example: 0 }),
    inplace,
  ]),
  torch("prelu", "PReLU", [long("in", { fallback: 1 }), double("init", { fallback: 0.25 })]),
  torch("glu", "GLU", [long("dim", { fallback: -1 })]),
  torch("softmax", "Softmax", [dim]),
  torch("softmin", "Softmin", [dim]),
  torch("logsoftmax", "LogSoftmax", [dim]),
];

const dropout = [double("p", { fallback: 0.5 }), inplace];

const DROPOUT: readonly LayerRow[] = [
  torch("drop", "Dropout", dropout),
  torch("drop2d", "Dropout2d", dropout),
  torch("drop3d", "Dropout3d", dropout),
  torch("adrop", "AlphaDropout", dropout),
  torch("fadrop", "FeatureAlphaDropout", dropout),
  layer("droppath", "knn.DropPath", [double("p", { fallback: 0, example: 0.1 })]),
];

const POOLED: readonly (number | readonly number[])[] = [3, [3, 2], [3, 2, 2]];
const ADAPTED: readonly (number | readonly number[])[] = [3, [3, 2], [3, 2, 4]];

/** Kernel size and stride; the stride's default is the size. */
const kernel = (d: number, example: number | readonly number[]): readonly OptionRow[] => [
  size("size", d, { missing: "no kernel size given", example }),
  size("stride", d, { like: "size", example }),
];

const POOLING: readonly LayerRow[] = [
  ...dimensions((d) =>
    torch(`maxpool${d}d`, `MaxPool${d}d`, [
      ...kernel(d, POOLED[d - 1]!),
      size("pad", d, { fallback: 0 }),
      size("dilate", d, { fallback: 1 }),
      bool("ceiling", { fallback: false }),
    ]),
  ),
  ...dimensions((d) =>
    torch(`avgpool${d}d`, `AvgPool${d}d`, [
      ...kernel(d, POOLED[d - 1]!),
      size("pad", d, { fallback: 0 }),
      bool("ceiling", { fallback: false }),
      bool("countpad", { fallback: true }),
      long("divisor", { fallback: null }),
    ]),
  ),
  ...dimensions((d) =>
    torch(`adaptavg${d}d`, `AdaptiveAvgPool${d}d`, [
      size("size", d, { missing: "no output size given", example: ADAPTED[d - 1]! }),
    ]),
  ),
  ...dimensions((d) =>
    torch(`adaptmax${d}d`, `AdaptiveMaxPool${d}d`, [
      size("size", d, { missing: "no output size given", example: ADAPTED[d - 1]! }),
    ]),
  ),
  ...[2, 3].map((d) =>
    torch(
      `fmaxpool${d}d`,
      `FractionalMaxPool${d}d`,
      [
        size("size", d, { missing: "no kernel size given", example: d === 2 ? [2, 4] : [2, 4, 3] }),
        size("outsize", d, { fallback: [], example: d === 2 ? [16, 32] : [16, 32, 24] }),
        ratio("ratio", d, { fallback: [] }),
      ],
      { check: either("outsize", "output size", "ratio", "ratio") },
    ),
  ),
  ...[1, 2].map((d) =>
    torch(`lppool${d}d`, `LPPool${d}d`, [
      double("p", { missing: "no power given", example: d === 1 ? 2 : 1.2 }),
      ...kernel(d, d === 1 ? 3 : [2, 3]),
      bool("ceiling", { fallback: false }),
    ]),
  ),
];

/** Padding counts two numbers for each dimension. */
const pad = (d: number, example: readonly number[]): OptionRow =>
  size("pad", 2 * d, { missing: "no padding sizes given", example });
const fill = (example = 0): OptionRow => double("value", { fallback: 0, example, shown: true });

const PADDING: readonly LayerRow[] = [
  torch("pad1d", "ConstantPad1d", [pad(1, [1, 2]), fill()]),
  torch("pad2d", "ConstantPad2d", [pad(2, [1, 1, 2, 2]), fill()]),
  torch("pad3d", "ConstantPad3d", [pad(3, [3, 3, 6, 6, 0, 1]), fill(3.5)]),
  torch("reflect1d", "ReflectionPad1d", [pad(1, [1, 2])]),
  torch("reflect2d", "ReflectionPad2d", [pad(2, [1, 1, 2, 0])]),
  torch("replicate1d", "ReplicationPad1d", [pad(1, [1, 2])]),
  torch("replicate2d", "ReplicationPad2d", [pad(2, [1, 1, 2, 0])]),
  torch("replicate3d", "ReplicationPad3d", [pad(3, [3, 3, 6, 6, 1, 1])]),
  torch("zeropad2d", "ZeroPad2d", [pad(2, [1, 1, 2, 0])]),
  torch(
    "upsample",
    "Upsample",
    [
      longs("size", { fallback: [] }),
      doubles("scale", { fallback: [] }),
      symbol("mode", {
        fallback: "nearest",
        symbols: ["nearest", "linear", "bilinear", "bicubic", "trilinear"],
      }),
      bool("align", { fallback: [] }),
    ],
    { check: either("size", "output size", "scale", "scale factor") },
  ),
];

const FUNCTIONS: readonly LayerRow[] = [
  torch("flatten", "Flatten", [long("start", { fallback: 1 }), long("end", { fallback: -1 })]),
  layer("cat", "torch.cat", [long("dim", { fallback: 0 })], {
    inputs: tensors(2),
    refusal: "unrecognized positional option(s), expecting single dimension",
  }),
  layer("mul", "torch.mul", [], { inputs: tensors(2) }),
  layer("matmul", "torch.matmul", [], { inputs: tensors(2) }),
  layer("expand", "torch.Tensor.expand", [longs("size", { fallback: [], example: [-1, -1, 28, 28] })]),
  layer("reshape", "torch.reshape", [longs("size", { fallback: [], example: [-1, 1, 28, 28] })]),
  layer("permute", "torch.permute", [longs("size", { fallback: [], example: [0, 2, 3, 1] })]),
  layer("squeeze", "torch.squeeze", [long("dim", { fallback: null, example: 1, hidden: true }), inplace]),
  layer("unsqueeze", "torch.unsqueeze", [
    long("dim", { missing: "no dimension given", example: 0 }),
    inplace,
  ]),
  layer("select", "torcn.Tensor.select", [
    long("dim", { missing: "no dimension defined", example: 1 }),
    long("ind", { missing: "no index defined", example: -1 }),
  ]),
  layer("indexselect", "torch.index_select", [
    long("dim", { missing: "dimension cannot be null", example: 1 }),
    longs("ind", { missing: "no indices defined", example: [0, 1, 2] }),
  ]),
  layer("transpose", "knn.Transpose", [
    long("dim0", { fallback: -2, shown: true }),
    long("dim1", { fallback: -1, shown: true }),
  ]),
  torch(
    "pairwise",
    "PairwiseDistance",
    [double("p", { fallback: 2 }), eps(1e-6), bool("keepdim", { fallback: false })],
    {
      inputs: tensors(2),
    },
  ),
  torch("similar", "CosineSimilarity", [long("dim", { fallback: 1 }), eps(1e-8)], { inputs: tensors(2) }),
];

export const PLAIN: readonly LayerRow[] = [...ACTIVATIONS, ...DROPOUT, ...POOLING, ...PADDING, ...FUNCTIONS];
