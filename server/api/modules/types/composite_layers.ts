/** Module types that hold others: containers, those with places of their own, the transformer and its parts. */
import * as k from "../../../../protocol/make.js";
import { type Atom, Dict, type K } from "../../../../protocol/values.js";
import {
  bool,
  count,
  double,
  inner,
  type LayerRow,
  layer,
  long,
  type OptionRow,
  type Part,
  symbol,
  tensors,
  torch,
} from "./rows.js";

const holder = (name: string, pytorch: string, rest: Partial<LayerRow> = {}): LayerRow =>
  layer(name, pytorch, [], { container: true, ...rest });

export const CONTAINERS: readonly LayerRow[] = [
  torch("sequential", "Sequential", [], { container: true, forward: false }),
  holder("seqnest", "knn.SeqNest", { inputs: tensors(3), fewest: 1 }),
  torch("modulelist", "ModuleList", [], { container: true, forward: false, fewest: 0 }),
  torch("moduledict", "ModuleDict", [], { container: true, forward: false, fewest: 0 }),
  torch("parmdict", "ParameterDict", [], { container: true, forward: false, fewest: 0 }),
  holder("seqdict", "knn.SeqDict", { inputs: tensors(8), fewest: 1 }),
  holder("seqlist", "knn.SeqList", { inputs: tensors(8), fewest: 1 }),
  holder("seqjoin", "knn.SeqJoin", { inputs: tensors(2), fewest: 1 }),
  holder("fork", "knn.Fork", { result: "tuple" }),
  holder("residual", "knn.Residual", { inputs: tensors(3), fewest: 1 }),
  holder("transform", "knn.Transform"),
  holder("nbeats", "knn.NBeats"),
  layer("recur", "knn.Recur", [bool("detach", { fallback: true })], {
    container: true,
    inputs: tensors(3),
    fewest: 1,
    result: "vector",
    refusal: "1 positional arg(detach flag) expected, {n} supplied",
  }),
  layer(
    "callback",
    "knn.Callback",
    [
      symbol("fn", { example: "f" }),
      symbol("in", { fallback: "tensor" }),
      symbol("out", { fallback: "tensor" }),
      inner("parms", { fallback: [] }),
      inner("buffers", { fallback: [] }),
    ],
    { container: true, forward: false },
  ),
];

// transformers -------------------------------------------------------------------------------------------------------

const FN = (type: string): OptionRow =>
  symbol("fn", {
    fallback: "relu",
    symbols: ["relu", "gelu"],
    unknown: `unrecognized ${type} activation fn: \``,
  });
const DIM = count("dim", { fallback: 2048 });
const DROPOUT = double("dropout", { fallback: 0.1 });

const attention = (name: string, o: (name: string) => K): Part => ({
  name,
  type: "attention",
  options: { dim: o("in"), heads: o("heads"), dropout: o("dropout") },
});

/** What an encoder's and a decoder's layer are made of; a decoder looks at the encoder's memory too. */
const layerParts =
  (decoder: boolean): NonNullable<LayerRow["parts"]> =>
  (o) => {
    const [width, drop] = [o("in"), { p: o("dropout") }];
    const numbers = decoder ? [1, 2, 3] : [1, 2];
    return [
      attention("self_attn", o),
      ...(decoder ? [attention("multihead_attn", o)] : []),
      { name: "linear1", type: "linear", options: { in: width, out: o("dim") } },
      { name: "dropout", type: "drop", options: drop },
      { name: "linear2", type: "linear", options: { in: o("dim"), out: width } },
      ...numbers.map((n) => ({ name: `norm${n}`, type: "layernorm", options: { shape: width } })),
      ...numbers.map((n) => ({ name: `dropout${n}`, type: "drop", options: drop })),
    ];
  };

const coderLayer = (name: string, pytorch: string, decoder: boolean): LayerRow =>
  torch(
    name,
    pytorch,
    [
      count("in", { missing: "positive number of input features required", example: 512 }),
      count("heads", { missing: "positive number of heads required", example: 8 }),
      DIM,
      DROPOUT,
      FN(name),
    ],
    {
      inputs: tensors(decoder ? 6 : 3),
      fewest: decoder ? 2 : 1,
      parts: layerParts(decoder),
      listed: "symbols",
    },
  );

const EXAMPLE_LAYER = new Dict(
  k.symbols(["in", "heads", "dim", "dropout", "fn"]),
  k.list([k.long(512n), k.long(8n), k.long(2048n), k.float(0.1), k.symbol("relu")]),
);
const EXAMPLE_NORM = new Dict(
  k.symbols(["shape", "eps", "affine"]),
  k.list([k.longs([512n]), k.float(1e-5), k.boolean(true)]),
);

const isEmpty = (x: K): boolean => k.count((x as Dict).keys) === 0;

/** As many layers with the same options, and a normalization at the end where there is one. */
const coder = (name: string, pytorch: string, each: string, denied: Record<string, string>): LayerRow =>
  torch(
    name,
    pytorch,
    [
      inner(each, { of: each, missing: `no ${each} given`, exampleK: EXAMPLE_LAYER }),
      long("layers", {
        range: "repeats",
        missing: "non-negative number of layers must be defined",
        example: 6,
        shown: true,
      }),
      inner("layernorm", { of: "layernorm", fallback: [], shown: true, exampleK: EXAMPLE_NORM }),
    ],
    {
      inputs: tensors(name === "decoder" ? 6 : 3),
      fewest: name === "decoder" ? 2 : 1,
      listed: "list",
      denied,
      parts: (o, made) => [
        {
          name: "layers",
          type: "modulelist",
          options: {},
          times: Number((o("layers") as Atom).value),
          each: made(each)!,
        },
        ...(isEmpty(o("layernorm")) ? [] : [{ name: "norm", made: made("layernorm")! }]),
      ],
    },
  );

/** An encoder or decoder by the transformer's options. */
const usualCoder = (name: string, each: string, layers: K, o: (name: string) => K): Part => ({
  name,
  type: name,
  options: {
    [each]: new Dict(
      k.symbols(["in", "heads", "dim", "dropout", "fn"]),
      k.list(["in", "heads", "dim", "dropout", "fn"].map(o)),
    ),
    layers,
    layernorm: new Dict(k.symbols(["shape"]), k.list([o("in")])),
  },
});

export const TRANSFORMERS: readonly LayerRow[] = [
  coderLayer("encoderlayer", "TransformerEncoderLayer", false),
  coderLayer("decoderlayer", "TransformerDecoderLayer", true),
  coder("encoder", "TransformerEncoder", "encoderlayer", {
    decoderlayer: "cannot create a decoder layer",
  }),
  coder("decoder", "TransformerDecoder", "decoderlayer", {
    encoderlayer: "cannot create an encoder layer",
  }),
  torch(
    "transformer",
    "Transformer",
    [
      count("in", { fallback: 512, missing: "positive number of input features required" }),
      count("heads", { fallback: 8, missing: "positive number of heads required" }),
      long("elayers", { range: "repeats", fallback: 6 }),
      long("dlayers", { range: "repeats", fallback: 6 }),
      DIM,
      DROPOUT,
      FN("transformer"),
      inner("encoder", { fallback: [] }),
      inner("decoder", { fallback: [] }),
    ],
    {
      inputs: tensors(8),
      fewest: 2,
      parts: (o, made) =>
        (["encoder", "decoder"] as const).map((name) => {
          const own = made(name);
          if (own !== undefined) return { name, made: own };
          return usualCoder(name, `${name}layer`, o(name === "encoder" ? "elayers" : "dlayers"), o);
        }),
    },
  ),
];
