// Loss functions: layers of two or more inputs, the output first, then the target.

#include <ATen/ExpandUtils.h>

#include "layers/types/rows.h"
#include "losses/loss.h"

namespace torchq {

namespace {

/// none, mean or sum, for the losses that know these three.
template <class ImplOptions>
ImplOptions reduced(const Options& o, ImplOptions options) {
  using Reduction = typename ImplOptions::reduction_t;
  options.reduction(oneOf<Reduction>(o.symbol("reduce"),
                                     {{"none", torch::kNone}, {"mean", torch::kMean}, {"sum", torch::kSum}}));
  return options;
}

/// Compares element by element. libtorch would broadcast a target of (n) against an output of (n,1) to n times n
/// comparisons, and only warn: a target fits into its output, or is refused.
template <class Impl>
Tensors compared(const Layer& layer, const Tensors& in) {
  const auto output = in[0].sizes(), target = in[1].sizes();
  if (!at::is_expandable_to(target, output) && at::are_expandable(target, output))
    fail(layer.type->name, ": a target of sizes ", target, " for an output of sizes ", output,
         " would be compared in ", at::IntArrayRef(at::infer_size(output, target)),
         ": the same sizes expected");
  return forwardOf<Impl, 2>(layer, in);
}

template <class Impl>
LayerType elementwise(LayerType row) {
  row.forward = compared<Impl>;
  return row;
}

/// A loss with no option but `reduce`.
template <class Impl, class ImplOptions>
LayerType simple(const char* name) {
  return row<Impl, 2>(name, [](const Options& o) { return reduced(o, ImplOptions()); });
}

template <class Impl, class ImplOptions>
LayerType withMargin(const char* name) {
  return row<Impl, 3>(name,
                      [](const Options& o) { return reduced(o, ImplOptions().margin(o.number("margin"))); });
}

Tensors connectionist(const Layer& layer, const Tensors& in) {
  const auto& output = in[0];
  if (output.dim() < 2) fail("ctc: output of 2 or 3 dimensions expected, given ", output.dim());
  checkRange("ctc: targets", in[1], 0, output.size(-1) - 1);
  checkRange("ctc: output lengths", in[2], 0, output.size(0));
  checkRange("ctc: target lengths", in[3], 0, in[1].numel());
  return {as<nn::CTCLossImpl>(layer).forward(in[0], in[1], in[2], in[3])};
}

/// Class weights are the loss's own, batch weights a third input.
Tensors logits(const Layer& layer, const Tensors& in) {
  auto& loss = as<nn::BCEWithLogitsLossImpl>(layer);
  if (in.size() < 3) return {loss.forward(in[0], in[1])};
  return {nn::functional::binary_cross_entropy_with_logits(
      in[0], in[1],
      nn::functional::BinaryCrossEntropyWithLogitsFuncOptions()
          .weight(in[2])
          .pos_weight(loss.pos_weight)
          .reduction(loss.options.reduction()))};
}

Rows ownRows() {
  return {
      elementwise<nn::MSELossImpl>(simple<nn::MSELossImpl, nn::MSELossOptions>("mse")),
      elementwise<nn::L1LossImpl>(simple<nn::L1LossImpl, nn::L1LossOptions>("l1")),
      {"bce",
       [](const Options& o) -> Module {
         return std::make_shared<nn::BCELossImpl>(reduced(o, nn::BCELossOptions()));
       },
       [](const Layer& layer, const Tensors& in) -> Tensors {
         auto& loss = as<nn::BCELossImpl>(layer);
         if (in.size() < 3) return {loss.forward(in[0], in[1])};
         return {nn::functional::binary_cross_entropy(
             in[0], in[1],
             nn::functional::BinaryCrossEntropyFuncOptions().weight(in[2]).reduction(
                 loss.options.reduction()))};
       },
       2, 3},
      row<nn::CrossEntropyLossImpl, 2>("ce",
                                       [](const Options& o) {
                                         return reduced(o, nn::CrossEntropyLossOptions()
                                                               .weight(o.tensor("weight"))
                                                               .ignore_index(o.integer("ignore"))
                                                               .label_smoothing(o.number("smoothing")));
                                       }),
      row<nn::NLLLossImpl, 2>(
          "nll",
          [](const Options& o) {
            return reduced(o,
                           nn::NLLLossOptions().weight(o.tensor("weight")).ignore_index(o.integer("ignore")));
          }),
      simple<nn::MultiLabelMarginLossImpl, nn::MultiLabelMarginLossOptions>("multilabel"),
      elementwise<nn::SoftMarginLossImpl>(
          simple<nn::SoftMarginLossImpl, nn::SoftMarginLossOptions>("softmargin")),
      elementwise<nn::SmoothL1LossImpl>(row<nn::SmoothL1LossImpl, 2>(
          "smoothl1",
          [](const Options& o) {
            return reduced(o, nn::SmoothL1LossOptions().beta(o.maybeNumber("beta").value_or(1.0)));
          })),
      {"bcelogits",
       [](const Options& o) -> Module {
         return std::make_shared<nn::BCEWithLogitsLossImpl>(
             reduced(o, nn::BCEWithLogitsLossOptions().pos_weight(o.tensor("weight"))));
       },
       logits, 2, 3},
      row<nn::KLDivLossImpl, 2>("kl",
                                [](const Options& o) {
                                  using Reduction = nn::KLDivLossOptions::reduction_t;
                                  return nn::KLDivLossOptions().reduction(
                                      oneOf<Reduction>(o.symbol("reduce"), {{"none", torch::kNone},
                                                                            {"batchmean", torch::kBatchMean},
                                                                            {"sum", torch::kSum},
                                                                            {"mean", torch::kMean}}));
                                }),
      {"ctc",
       [](const Options& o) -> Module {
         return std::make_shared<nn::CTCLossImpl>(
             reduced(o, nn::CTCLossOptions().blank(o.integer("blank")).zero_infinity(o.flag("zeroinf"))));
       },
       connectionist, 4, 4},
      elementwise<nn::HuberLossImpl>(row<nn::HuberLossImpl, 2>(
          "huber",
          [](const Options& o) { return reduced(o, nn::HuberLossOptions().delta(o.number("delta"))); })),
      row<nn::HingeEmbeddingLossImpl, 2>("hinge",
                                         [](const Options& o) {
                                           return reduced(
                                               o, nn::HingeEmbeddingLossOptions().margin(o.number("margin")));
                                         }),
      withMargin<nn::CosineEmbeddingLossImpl, nn::CosineEmbeddingLossOptions>("cosineloss"),
      withMargin<nn::MarginRankingLossImpl, nn::MarginRankingLossOptions>("margin"),
      row<nn::MultiLabelSoftMarginLossImpl, 2>(
          "multisoft",
          [](const Options& o) {
            return reduced(o, nn::MultiLabelSoftMarginLossOptions().weight(o.tensor("weight")));
          }),
      row<nn::MultiMarginLossImpl, 2>("multimargin",
                                      [](const Options& o) {
                                        return reduced(o, nn::MultiMarginLossOptions()
                                                              .p(o.integer("p"))
                                                              .margin(o.number("margin"))
                                                              .weight(o.tensor("weight")));
                                      }),
      elementwise<nn::PoissonNLLLossImpl>(
          row<nn::PoissonNLLLossImpl, 2>("poissonloss",
                                         [](const Options& o) {
                                           return reduced(o, nn::PoissonNLLLossOptions()
                                                                 .log_input(o.flag("log"))
                                                                 .full(o.flag("full"))
                                                                 .eps(o.number("eps")));
                                         })),
      row<nn::TripletMarginLossImpl, 3>("triplet",
                                        [](const Options& o) {
                                          return reduced(o, nn::TripletMarginLossOptions()
                                                                .margin(o.number("margin"))
                                                                .p(o.number("p"))
                                                                .eps(o.number("eps"))
                                                                .swap(o.flag("swap")));
                                        }),
  };
}

}  // namespace

const LayerType& lossType(const std::string& name) {
  static const auto types = [] {
    auto all = ownRows();
    for (auto& row : distanceLayers()) all.push_back(std::move(row));
    return all;
  }();
  for (const auto& row : types)
    if (name == row.name) return row;
  fail("unrecognized loss: ", name);
}

}  // namespace torchq
