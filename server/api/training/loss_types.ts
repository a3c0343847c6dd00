/** The table of losses (docs/loss.rst). One more loss is a row here and a line in native/losses/types.cc. */
import {
  bool,
  double,
  type LayerRow,
  layer,
  long,
  type OptionRow,
  symbol,
  tensor,
  tensors,
} from "../modules/types/rows.js";

const MEANS = ["none", "mean", "sum"];
const reduction = (symbols: readonly string[]): OptionRow =>
  symbol("reduce", { fallback: "mean", symbols, trailing: true });
const reduce = reduction(MEANS);
const weight = tensor("weight", { fallback: null });
const ignore = long("ignore", { fallback: -100 });
const margin = (fallback: number): OptionRow => double("margin", { fallback });

/** @param inputs most inputs; the fewest are `fewest` */
const loss = (
  name: string,
  pytorch: string,
  options: readonly OptionRow[],
  inputs = 2,
  fewest = inputs,
  refusal?: string,
): LayerRow =>
  layer(name, `torch.nn.${pytorch}`, options, {
    inputs: tensors(inputs),
    fewest,
    ...(refusal !== undefined && { refusal: `unrecognized positional arg(s), ${refusal}` }),
  });

const WEIGHT_OR_REDUCE = "expected weights, reduce mode or (weights;reduce mode)";
const MARGIN_OR_REDUCE = "expecting margin,reduce or both";

/** Every loss, by name. */
export const LOSSES: ReadonlyMap<string, LayerRow> = new Map(
  [
    loss("bce", "BCELoss", [reduce], 3, 2),
    loss("bcelogits", "BCEWithLogitsLoss", [weight, reduce], 3, 2, WEIGHT_OR_REDUCE),
    loss("ce", "CrossEntropyLoss", [weight, ignore, double("smoothing", { fallback: 0 }), reduce]),
    loss("cosineloss", "CosineEmbeddingLoss", [margin(0), reduce], 3, 3, MARGIN_OR_REDUCE),
    loss("ctc", "CTCLoss", [long("blank", { fallback: 0 }), bool("zeroinf", { fallback: false }), reduce], 4),
    loss("hinge", "HingeEmbeddingLoss", [margin(1), reduce], 2, 2, MARGIN_OR_REDUCE),
    loss("huber", "HuberLoss", [double("delta", { fallback: 1 }), reduce]),
    loss("kl", "KLDivLoss", [reduction(["none", "batchmean", "mean", "sum"])]),
    loss("l1", "L1Loss", [reduce]),
    loss("margin", "MarginRankingLoss", [margin(0), reduce], 3, 3, MARGIN_OR_REDUCE),
    loss("mse", "MSELoss", [reduce]),
    loss("multilabel", "MultiLabelMarginLoss", [reduce]),
    loss("multimargin", "MultiMarginLoss", [long("p", { fallback: 1 }), margin(1), weight, reduce]),
    loss("multisoft", "MultiLabelSoftMarginLoss", [weight, reduce], 2, 2, WEIGHT_OR_REDUCE),
    loss("nll", "NLLLoss", [weight, ignore, reduce]),
    loss("pairwise", "PairwiseDistance", [
      double("p", { fallback: 2 }),
      double("eps", { fallback: 1e-6 }),
      bool("keepdim", { fallback: false }),
    ]),
    loss("poissonloss", "PoissonNLLLoss", [
      bool("log", { fallback: true }),
      bool("full", { fallback: false }),
      double("eps", { fallback: 1e-8 }),
      reduce,
    ]),
    loss("similar", "CosineSimilarity", [long("dim", { fallback: 1 }), double("eps", { fallback: 1e-8 })]),
    loss("smoothl1", "SmoothL1Loss", [double("beta", { fallback: null }), reduce]),
    loss("softmargin", "SoftMarginLoss", [reduce]),
    loss(
      "triplet",
      "TripletMarginLoss",
      [
        margin(1),
        double("p", { fallback: 2 }),
        double("eps", { fallback: 1e-6 }),
        bool("swap", { fallback: false }),
        reduce,
      ],
      3,
    ),
  ].map((row) => [row.name, row]),
);
