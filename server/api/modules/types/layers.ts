/**
 * The table of module types: the k api's name, PyTorch's name, and the options in order with type, default and what
 * `help` shows (docs/modules.rst, docs/kmodules.rst). One more type is a row here and a line in native/layers/types/.
 */
import * as k from "../../../../protocol/make.js";
import type { Atom } from "../../../../protocol/values.js";
import { CONTAINERS, TRANSFORMERS } from "./composite_layers.js";
import { IMAGES } from "./image_layers.js";
import { PLAIN } from "./plain_layers.js";
import {
  bool,
  count,
  dimensions,
  double,
  extent,
  type LayerRow,
  layer,
  long,
  margin,
  type OptionRow,
  padding,
  shape,
  size,
  symbol,
  tensor,
  tensors,
  torch,
} from "./rows.js";

const eps = (fallback: number): OptionRow => double("eps", { fallback });

const LINEAR: readonly LayerRow[] = [
  torch("linear", "Linear", [
    count("in", { missing: "positive input size required", example: 784 }),
    count("out", { missing: "positive output size required", example: 10 }),
    bool("bias", { fallback: true }),
  ]),
  torch(
    "bilinear",
    "Bilinear",
    [
      count("in1", { example: 20 }),
      count("in2", { example: 30 }),
      count("out", { example: 40 }),
      bool("bias", { fallback: true }),
    ],
    { inputs: tensors(2) },
  ),
  torch("identity", "Identity"),
];

const PADMODE = symbol("padmode", {
  fallback: "zeros",
  symbols: ["zeros", "reflect", "replicate", "circular"],
  unknown: "unrecognized padding mode",
});
const KERNELS: readonly Record<"conv" | "transpose", number | readonly number[]>[] = [
  { conv: 3, transpose: 5 },
  { conv: [3, 5], transpose: [3, 5] },
  { conv: [3, 5, 2], transpose: [3, 5, 2] },
];

const CONVOLUTIONS: readonly LayerRow[] = [
  ...dimensions((d) =>
    torch(`conv${d}d`, `Conv${d}d`, [
      count("in", { missing: "no. of input channels not defined", example: 16 }),
      count("out", { missing: "no. of output channels not defined", example: 32 }),
      size("size", d, { missing: "no kernel size(s) given", example: KERNELS[d - 1]!.conv }),
      size("stride", d, { fallback: 1 }),
      padding("pad", d, { fallback: 0, symbols: ["same", "valid"] }),
      size("dilate", d, { fallback: 1 }),
      count("groups", { fallback: 1 }),
      bool("bias", { fallback: true }),
      PADMODE,
    ]),
  ),
  ...dimensions((d) =>
    torch(
      `convtranspose${d}d`,
      `ConvTranspose${d}d`,
      [
        count("in", { missing: "no. of input channels not defined", example: 128 }),
        count("out", { missing: "no. of output channels not defined", example: 64 }),
        size("size", d, { missing: "no kernel size(s) given", example: KERNELS[d - 1]!.transpose }),
        size("stride", d, { fallback: 1 }),
        margin("pad", d, { fallback: 0 }),
        margin("outpad", d, { fallback: 0 }),
        count("groups", { fallback: 1 }),
        bool("bias", { fallback: true }),
        size("dilate", d, { fallback: 1 }),
        PADMODE,
      ],
      { inputs: ["tensor", ""], fewest: 1 },
    ),
  ),
  torch("fold", "Fold", [
    extent("out", 2, { missing: "no output size given", example: [4, 6] }),
    size("size", 2, { missing: "no kernel size given", example: [2, 3] }),
    size("dilate", 2, { fallback: 1 }),
    margin("pad", 2, { fallback: 0 }),
    size("stride", 2, { fallback: 1 }),
  ]),
  torch("unfold", "Unfold", [
    size("size", 2, { missing: "no kernel size given", example: [2, 3] }),
    size("dilate", 2, { fallback: 1 }),
    margin("pad", 2, { fallback: 0 }),
    size("stride", 2, { fallback: 1 }),
  ]),
];

const batchnorm = (d: number): LayerRow => torch(`batchnorm${d}d`, `BatchNorm${d}d`, normOptions(32, true));
const instancenorm = (d: number): LayerRow =>
  torch(`instancenorm${d}d`, `InstanceNorm${d}d`, normOptions(100, false));

function normOptions(example: number, flag: boolean): readonly OptionRow[] {
  return [
    count("in", { missing: "number of input features not defined", example }),
    eps(1e-5),
    // none, of running statistics: a plain average of all batches
    double("momentum", { fallback: 0.1, nulls: flag }),
    bool("affine", { fallback: flag }),
    bool("track", { fallback: flag }),
  ];
}

const NORMS: readonly LayerRow[] = [
  ...dimensions(batchnorm),
  ...dimensions(instancenorm),
  torch("layernorm", "LayerNorm", [
    shape("shape", { range: "count", missing: "no normalized shape given", example: [32, 10] }),
    eps(1e-5),
    bool("affine", { fallback: true }),
  ]),
  torch("groupnorm", "GroupNorm", [
    count("groups", { missing: "specify no. of groups to separate the channels into", example: 3 }),
    count("channels", { missing: "specify no. of channels expected in input", example: 6 }),
    eps(1e-5),
    bool("affine", { fallback: true }),
  ]),
  torch("localnorm", "LocalResponseNorm", [
    long("size", { range: "window", example: 2 }),
    double("alpha", { fallback: 0.0001 }),
    double("beta", { fallback: 0.75 }),
    double("k", { fallback: 1 }),
  ]),
  torch("crossmap2d", "CrossMapLRN2d", [
    long("size", { range: "window", example: 2 }),
    double("alpha", { fallback: 0.0001 }),
    double("beta", { fallback: 0.75 }),
    long("k", { fallback: 1 }),
  ]),
];

const recurrent = (name: string, pytorch: string, fn: readonly OptionRow[], state: string): LayerRow =>
  torch(
    name,
    pytorch,
    [
      long("in", { range: "extent", fallback: 0, example: 10 }),
      count("hidden", { missing: "hidden size should be greater than zero", example: 20 }),
      long("layers", { range: "layers", fallback: 1 }),
      ...fn,
      bool("bias", { fallback: true }),
      bool("batchfirst", { fallback: false }),
      double("dropout", { fallback: 0 }),
      bool("bi", { fallback: false }),
    ],
    {
      inputs: ["tensor", state],
      fewest: 1,
      result: state === "tuple" ? "nested" : "tuple",
      ...(fn.length > 0 ? {} : { denied: { fn: "no non-linear function required (RNN only)" } }),
    },
  );

const positive = (name: string, missing: string, example: number): OptionRow =>
  count(name, { missing, example });

/** A weight matrix instead of rows and columns. */
const WEIGHTED: readonly OptionRow[] = [tensor("weight"), bool("freeze", { fallback: false })];
const MATRIX: readonly OptionRow[] = [
  positive("rows", "supply number of rows in the embedding matrix", 1000),
  long("cols", { range: "extent", missing: "supply number of cols in the embedding matrix", example: 64 }),
];
const EMBED: readonly OptionRow[] = [
  long("padindex", { fallback: null }),
  double("maxnorm", { fallback: null }),
  double("p", { fallback: 2 }),
  bool("scale", { fallback: false }),
  bool("sparse", { fallback: false }),
];
const EMBEDBAG: readonly OptionRow[] = [
  double("maxnorm", { fallback: null }),
  double("p", { fallback: 2 }),
  bool("scale", { fallback: false }),
  symbol("mode", { fallback: "mean", symbols: ["sum", "mean", "max"], trailing: true }),
  bool("sparse", { fallback: false }),
  bool("lastoffset", { fallback: false, named: true }),
  long("padindex", { fallback: null }),
];
const ROWS = "positive number of rows required";
const COLUMNS = "positive number of columns required";

const RECURRENT: readonly LayerRow[] = [
  recurrent("lstm", "LSTM", [], "tuple"),
  recurrent("gru", "GRU", [], "tensor"),
  recurrent(
    "rnn",
    "RNN",
    [symbol("fn", { fallback: "tanh", symbols: ["tanh", "relu"], unknown: "unrecognized RNN fn" })],
    "tensor",
  ),
  torch("embed", "Embedding", [...MATRIX, ...EMBED], { weighted: [...WEIGHTED, ...EMBED] }),
  torch("embedbag", "EmbeddingBag", [...MATRIX, ...EMBEDBAG], {
    weighted: [...WEIGHTED, ...EMBEDBAG],
    inputs: tensors(3),
    fewest: 1,
  }),
  layer("embedpos", "knn.EmbedPosition", [positive("rows", ROWS, 120), positive("cols", COLUMNS, 512)]),
  layer(
    "embedseq",
    "knn.EmbedSequence",
    [
      positive("rows", ROWS, 5000),
      positive("cols", COLUMNS, 512),
      positive("length", "positive sequence length required for position embedding", 120),
    ],
    {
      parts: (o) => [
        { name: "tok", type: "embed", options: { rows: o("rows"), cols: o("cols") } },
        { name: "pos", type: "embedpos", options: { rows: o("length"), cols: o("cols") } },
      ],
    },
  ),
];

const divisible: NonNullable<LayerRow["check"]> = (value) =>
  (value("dim") as bigint) % (value("heads") as bigint) === 0n
    ? undefined
    : `model dimension of ${value("dim")} not divisible by ${value("heads")} heads`;

/** A layer norm when asked for, then the projection to three times the width, dropout, and the projection back. */
const selfAttentionParts: NonNullable<LayerRow["parts"]> = (o) => {
  const dim = o("dim") as Atom;
  const norm = (o("norm") as Atom).value === true;
  const out = k.long(3n * (dim.value as bigint));
  return [
    ...(norm ? [{ name: "norm", type: "layernorm", options: { shape: dim } }] : []),
    { name: "in", type: "linear", options: { in: dim, out, bias: k.boolean(!norm) } },
    { name: "drop", type: "drop", options: { p: o("dropout") } },
    { name: "out", type: "linear", options: { in: dim, out: dim } },
  ];
};

const ATTENTION: readonly LayerRow[] = [
  torch(
    "attention",
    "MultiheadAttention",
    [
      positive("dim", "positive model dimension required", 2048),
      positive("heads", "positive number of heads required", 8),
      double("dropout", { fallback: 0 }),
      bool("bias", { fallback: true }),
      bool("addbias", { fallback: false }),
      bool("addzero", { fallback: false }),
      long("kdim", { like: "dim", example: 2048 }),
      long("vdim", { like: "dim", example: 2048 }),
    ],
    {
      inputs: ["tensor", "tensor", "tensor", "tensor", "bool", "tensor", "bool"],
      fewest: 3,
      result: "tuple",
      parts: (o) => [
        { name: "out_proj", type: "linear", options: { in: o("dim"), out: o("dim"), bias: o("bias") } },
      ],
    },
  ),
  layer(
    "selfattention",
    "knn.SelfAttention",
    [
      positive("dim", "positive model dimension required", 512),
      positive("heads", "positive number of heads required", 8),
      double("dropout", { fallback: 0, example: 0.1 }),
      bool("norm", { fallback: false }),
    ],
    { inputs: tensors(3), fewest: 1, parts: selfAttentionParts, check: divisible },
  ),
];

/** Every module type, by name. */
export const LAYERS: ReadonlyMap<string, LayerRow> = new Map(
  [CONTAINERS, PLAIN, IMAGES, LINEAR, CONVOLUTIONS, NORMS, RECURRENT, ATTENTION, TRANSFORMERS]
    .flat()
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((row) => [row.name, row]),
);
