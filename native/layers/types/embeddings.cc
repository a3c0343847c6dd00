// Embeddings: of tokens, bags of them, positions.
#include <ATen/ops/zeros.h>

#include "layers/types/rows.h"
#include "torch_version.h"

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
  if (weight.defined()) options._weight(weight.detach().clone());
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

Tensors embedBags(const Layer& layer, const Tensors& in) {
  return {as<nn::EmbeddingBagImpl>(layer).forward(in[0], given(in, 1), given(in, 2))};
}

/// Token embedding plus a learned position embedding (kmodules page).
struct EmbedPositionImpl : nn::Module {
  EmbedPositionImpl(int64_t rows, int64_t cols) : nn::Module("knn::EmbedPosition") {
    pos = register_parameter("pos", torch::zeros({1, rows, cols}));
  }
  std::shared_ptr<nn::Module> clone(const TorchOptional<at::Device>&) const override {
    return copyOf(*this, std::make_shared<EmbedPositionImpl>(pos.size(1), pos.size(2)));
  }
  void pretty_print(std::ostream& out) const override {
    out << name() << "(rows=" << pos.size(1) << ", cols=" << pos.size(2) << ")";
  }
  at::Tensor forward(const at::Tensor& x) { return pos.slice(1, 0, x.size(1)); }
  at::Tensor pos;
};

struct EmbedSequenceImpl : nn::Module {
  EmbedSequenceImpl(int64_t rows, int64_t cols, int64_t length) : nn::Module("knn::EmbedSequence") {
    tok = register_module("tok", std::make_shared<nn::EmbeddingImpl>(rows, cols));
    pos = register_module("pos", std::make_shared<EmbedPositionImpl>(length, cols));
  }
  std::shared_ptr<nn::Module> clone(const TorchOptional<at::Device>&) const override {
    const auto& weight = tok->weight;
    return copyOf(*this,
                  std::make_shared<EmbedSequenceImpl>(weight.size(0), weight.size(1), pos->pos.size(1)));
  }
  void pretty_print(std::ostream& out) const override {
    out << name() << "(rows=" << tok->weight.size(0) << ", cols=" << tok->weight.size(1)
        << ", length=" << pos->pos.size(1) << ")";
  }
  at::Tensor forward(const at::Tensor& x) { return tok->forward(x) + pos->forward(x); }
  std::shared_ptr<nn::EmbeddingImpl> tok;
  std::shared_ptr<EmbedPositionImpl> pos;
};

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
         return std::make_shared<EmbedSequenceImpl>(o.integer("rows"), o.integer("cols"),
                                                    o.integer("length"));
       },
       forwardOf<EmbedSequenceImpl>},
  };
}

}  // namespace torchq
