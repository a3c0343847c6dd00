// Embeddings: of tokens, bags of them, positions.
#include <ATen/ATen.h>

#include "layers/types/rows.h"

namespace torchq {

namespace {

/// Makes an embedding or a bag of them; `options` has what only one of the two knows. k's `freeze` option has no twin in
/// libtorch's constructor: it is set on the weight that was made.
template <class Impl, class ImplOptions>
Module embed(const Options& o, ImplOptions options) {
  options.norm_type(o.number("p")).scale_grad_by_freq(o.flag("scale")).sparse(o.flag("sparse"));
  if (const auto pad = o.maybeInteger("padindex")) options.padding_idx(*pad);
  if (const auto norm = o.maybeNumber("maxnorm")) options.max_norm(*norm);
  const auto weight = o.tensor("weight");
  if (weight.defined()) options._weight(weight);
  auto module = std::make_shared<Impl>(options);
  if (o.flag("freeze")) module->weight.requires_grad_(false);
  return module;
}

Module embedding(const Options& o) {
  return embed<nn::EmbeddingImpl>(o, nn::EmbeddingOptions(o.integer("rows"), o.integer("cols")));
}

/// Bags of embeddings reduced to one row each.
Module embeddingBag(const Options& o) {
  const auto mode = oneOf<nn::EmbeddingBagMode>(
      o.symbol("mode"), {{"sum", torch::kSum}, {"mean", torch::kMean}, {"max", torch::kMax}});
  return embed<nn::EmbeddingBagImpl>(o, nn::EmbeddingBagOptions(o.integer("rows"), o.integer("cols"))
                                            .mode(mode)
                                            .include_last_offset(o.flag("lastoffset")));
}

/// libtorch checks the first and the last offset alone.
void checkOffsets(const at::Tensor& offsets, int64_t count) {
  if (offsets.dim() != 1 || offsets.numel() < 2 || !c10::isIntegralType(offsets.scalar_type(), false)) return;
  checkRange("embedbag: offsets", offsets, 0, count);
  if (offsets.diff().lt(0).any().item<bool>()) fail("embedbag: offsets expected in ascending order");
}

Tensors embedBags(const Layer& layer, const Tensors& in) {
  const auto offsets = given(in, 1);
  if (offsets.defined()) checkOffsets(offsets, in[0].numel());
  return {as<nn::EmbeddingBagImpl>(layer).forward(in[0], offsets, given(in, 2))};
}

/// A learned embedding of positions (kmodules page).
struct EmbedPositionImpl : nn::Module {
  EmbedPositionImpl(int64_t rows, int64_t cols) : nn::Module("knn::EmbedPosition") {
    pos = register_parameter("pos", at::zeros({1, rows, cols}));
  }
  void pretty_print(std::ostream& out) const override {
    out << name() << "(rows=" << pos.size(1) << ", cols=" << pos.size(2) << ")";
  }
  at::Tensor forward(const at::Tensor& x) { return pos.slice(1, 0, x.size(1)); }
  at::Tensor pos;
};

/// Tokens' embedding plus that of their positions.
Tensors embedSequence(const Layer& layer, const Tensors& in) {
  return {through(layer, "tok", in[0]) + through(layer, "pos", in[0])};
}

}  // namespace

Rows embeddingLayers() {
  return {
      {"embed", embedding, forwardOf<nn::EmbeddingImpl>},
      {"embedbag", embeddingBag, embedBags, 1, 3},
      {"embedpos",
       [](const Options& o) -> Module {
         return std::make_shared<EmbedPositionImpl>(o.integer("rows"), o.integer("cols"));
       },
       forwardOf<EmbedPositionImpl>},
      {"embedseq",
       [](const Options& o) -> Module {
         return named("knn::EmbedSequence", text("(rows=", o.integer("rows"), ", cols=", o.integer("cols"),
                                                 ", length=", o.integer("length"), ")"));
       },
       embedSequence},
  };
}

}  // namespace torchq
