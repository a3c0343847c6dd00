/**
 * Module types that hold no parameters to speak of: activations, dropout, pooling, padding, and functions of tensors as
 * modules. The other types are in layers.ts.
 */
import type { OptionValue } from "../../../engine/index.js";
import {
  bool,
  dimensions,
  double,
  doubles,
  dtype,
  either,
  indices,
  LARGEST,
  type LayerRow,
  layer,
  long,
  longs,
  type OptionRow,
  ratio,
  size,
  symbol,
  tensor,
  tensors,
  torch,
} from "./rows.js";

const inplace = bool("inplace", { fallback: false });
/** As `inplace`; what stands before it may be left out. */
const last = bool("inplace", { fallback: false, trailing: true });
const FLAG_ONLY = refused("unrecognized option(s), expecting single boolean flag");
const dim = long("dim", { missing: "no dimension given", example: 1 });
const DIM_ONLY = { refusal: "unrecognized positional option(s), expecting single dimension" };
const LAMBDA_ONLY = { refusal: "unrecognized positional option(s), expecting lambda, e.g. 0.5" };
const ONE_ONLY = { refusal: "1 positional argument expected, {n} given" };

/** Every wrong position has the one error. */
function refused(refusal: string): Pick<LayerRow, "refusal" | "refusesValues"> {
  return { refusal, refusesValues: true };
}

const orFlag = (name: string): Pick<LayerRow, "refusal"> => ({
  refusal: `unrecognized positional option(s), expecting ${name}, inplace flag, or (${name};inplace flag)`,
});
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
  torch("celu", "CELU", [double("alpha", { fallback: 1 }), last], orFlag("alpha")),
  torch("elu", "ELU", [double("alpha", { fallback: 1 }), last], orFlag("alpha")),
  torch("leakyrelu", "LeakyReLU", [double("slope", { fallback: 0.01 }), last], orFlag("slope")),
  torch(
    "rrelu",
    "RReLU",
    [double("lower", { fallback: 0.125 }), double("upper", { fallback: 1 / 3 }), last],
    refused("unexpected positional arg(s), expects (lower;upper;inplace flag)"),
  ),
  torch("hardshrink", "Hardshrink", [double("lambda", { fallback: 0.5 })], LAMBDA_ONLY),
  torch("softshrink", "Softshrink", [double("lambda", { fallback: 0.5 })], LAMBDA_ONLY),
  torch(
    "hardtanh",
    "Hardtanh",
    [double("min", { fallback: -1 }), double("max", { fallback: 1 }), last],
    refused("unexpected positional arg(s), expects (min;max;inplace flag)"),
  ),
  torch(
    "softplus",
    "Softplus",
    [double("beta", { fallback: 1 }), double("threshold", { fallback: 20 })],
    refused("unexpected positional arg(s), expects (beta;threshold)"),
  ),
  torch(
    "threshold",
    "Threshold",
    [
      double("threshold", {
        missing: "both threshold level & replacement value must be given",
        example: 0.1,
      }),
      double("value", { missing: "both threshold level & replacement value must be given", example: 0 }),
      last,
    ],
    refused("unexpected positional arg(s), expects (threshold;value;inplace flag)"),
  ),
  torch(
    "prelu",
    "PReLU",
    [long("in", { fallback: 1 }), double("init", { fallback: 0.25, trailing: true })],
    refused("expecting 1-2 positional args in,init or (in;init)"),
  ),
  torch("glu", "GLU", [long("dim", { fallback: -1 })], DIM_ONLY),
  torch("softmax", "Softmax", [dim], DIM_ONLY),
  torch("softmin", "Softmin", [dim], DIM_ONLY),
  torch("logsoftmax", "LogSoftmax", [dim], DIM_ONLY),
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

/** Null where a dimension stays as it is. */
const adapted = (d: number): OptionRow =>
  size("size", d, { missing: "no output size given", nulls: true, example: ADAPTED[d - 1]! });

const SIZED: Pick<LayerRow, "refusal" | "check"> = {
  ...ONE_ONLY,
  check: (value) => ([value("size")].flat().every((each) => each === null) ? "no output size" : undefined),
};

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
  ...dimensions((d) => torch(`adaptavg${d}d`, `AdaptiveAvgPool${d}d`, [adapted(d)], SIZED)),
  ...dimensions((d) => torch(`adaptmax${d}d`, `AdaptiveMaxPool${d}d`, [adapted(d)], SIZED)),
  ...[2, 3].map((d) =>
    torch(
      `fmaxpool${d}d`,
      `FractionalMaxPool${d}d`,
      [
        size("size", d, { missing: "no kernel size given", example: d === 2 ? [2, 4] : [2, 4, 3] }),
        size("outsize", d, { fallback: [], example: d === 2 ? [16, 32] : [16, 32, 24] }),
        ratio("ratio", d, { fallback: [] }),
      ],
      {
        check: either(
          "outsize",
          "ratio",
          "no output size or ratio given",
          "cannot specify both output size & output ratio",
        ),
      },
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
  size("pad", 2 * d, { missing: "no padding sizes given", least: -LARGEST, example });
const fill = (example = 0): OptionRow => double("value", { fallback: 0, example, shown: true });

const MODES = ["nearest", "linear", "bilinear", "bicubic", "trilinear"];

/** How images change their size. */
function scaling(name: string, modes: readonly string[]): readonly OptionRow[] {
  return [
    longs("size", { fallback: [], least: 0, most: LARGEST, ...(name === "interpolate" && { example: 4 }) }),
    doubles("scale", { fallback: [], ...(name === "upsample" && { example: [2, 2] }) }),
    symbol("mode", { fallback: "nearest", symbols: modes, unknown: `unrecognized ${name} mode` }),
    bool("align", { fallback: [] }),
  ];
}

const scaled = (most: number): Pick<LayerRow, "refusal" | "check"> => ({
  refusal: `up to ${most} positional arguments expected, {n} given`,
  check: either(
    "size",
    "scale",
    "no output size or scale factor given",
    "both output size and scale factor given",
  ),
});

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
  torch("upsample", "Upsample", scaling("upsample", MODES), scaled(4)),
];

const FUNCTIONS: readonly LayerRow[] = [
  torch("flatten", "Flatten", [long("start", { fallback: 1 }), long("end", { fallback: -1 })]),
  layer("cat", "torch.cat", [long("dim", { fallback: 0 })], { inputs: tensors(2), ...DIM_ONLY }),
  layer("mul", "torch.mul", [], { inputs: tensors(2) }),
  layer("matmul", "torch.matmul", [], { inputs: tensors(2) }),
  layer(
    "expand",
    "torch.Tensor.expand",
    [longs("size", { fallback: [], example: [-1, -1, 28, 28] })],
    ONE_ONLY,
  ),
  layer("reshape", "torch.reshape", [longs("size", { fallback: [], example: [-1, 1, 28, 28] })], ONE_ONLY),
  layer("permute", "torch.permute", [longs("size", { fallback: [], example: [0, 2, 3, 1] })], ONE_ONLY),
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
    indices("ind", { missing: "no indices defined", example: [0, 1, 2] }),
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

const PADMODES = {
  symbols: ["constant", "reflect", "replicate", "circular"],
  unknown: "unrecognized padding mode",
};
const CROP = "positive cropping height & width not given";
const items = (value: OptionValue): readonly OptionValue[] => (Array.isArray(value) ? value : []);

/** What is done with images, and other samples, before and between layers. */
const IMAGES: readonly LayerRow[] = [
  layer(
    "pad",
    "torch.nn.functional.pad",
    [
      longs("pad", {
        fallback: [],
        least: -LARGEST,
        most: LARGEST,
        shown: true,
        example: [1, 2, 2, 1, 1, 2],
      }),
      symbol("mode", {
        fallback: "constant",
        ...PADMODES,
        refusal: "unrecognized 2nd arg, expecting mode or value",
      }),
      double("value", { fallback: 0, trailing: true }),
    ],
    {
      check: (value) => {
        const { length } = items(value("pad"));
        if (length > 0 && length % 2 === 0) return undefined;
        return `${length} pad size(s) given, expecting pairs for left,right or left,right,top,bottom.. etc`;
      },
    },
  ),
  layer(
    "onehot",
    "torch.nn.functional.one_hot",
    [
      long("classes", { fallback: -1, most: LARGEST, shown: true, example: 10 }),
      dtype("dtype", { fallback: null, hidden: true }),
    ],
    {
      check: (value) =>
        (value("classes") as bigint) < -1n
          ? "number of classes must be nonnegative or set to -1 to derive from input"
          : undefined,
    },
  ),
  layer(
    "interpolate",
    "torch.nn.functional.interpolate",
    [
      ...scaling("interpolate", ["nearest", "nearestexact", ...MODES.slice(1), "area"]),
      bool("rescale", { fallback: [] }),
    ],
    { functional: true, ...scaled(5) },
  ),
  layer(
    "normalize",
    "torch.nn.functional.normalize",
    [double("p", { fallback: 2 }), long("dim", { fallback: 1 }), eps(1e-12)],
    { functional: true },
  ),
  layer(
    "randomcrop",
    "torchvision.transforms",
    [
      size("size", 2, { missing: CROP, example: 32 }),
      size("pad", 4, { fallback: 0, least: -LARGEST, example: 4 }),
      symbol("padmode", { fallback: "constant", ...PADMODES, example: "reflect" }),
      double("value", { fallback: 0 }),
    ],
    { check: (value) => (items(value("size")).every((each) => each === 0n) ? CROP : undefined) },
  ),
  layer("randomflip", "torchvision.transforms", [
    double("p", { fallback: 0.5 }),
    long("dim", { fallback: -1 }),
  ]),
  layer("zscore", "torchvision.transforms", [
    tensor("mean", { missing: "no mean(s) defined", example: [0.51, 0.49, 0.47] }),
    tensor("std", { missing: "no stddev(s) defined", example: [0.25, 0.25, 0.21] }),
    inplace,
  ]),
];

export const PLAIN: readonly LayerRow[] = [
  ...[ACTIVATIONS, DROPOUT, POOLING, PADDING, FUNCTIONS, IMAGES].flat(),
];
