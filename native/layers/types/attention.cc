// Attention, libtorch's own and that of a sequence to itself.
#include <ATen/ops/matmul.h>

#include <cmath>

#include "layers/types/rows.h"
#include "torch_version.h"

namespace torchq {

namespace {

/// Query, key, value, and optionally a key padding mask, a flag for weights, an attention mask.
Tensors attend(const Layer& layer, const Tensors& in) {
  auto [output, weights] =
      as<nn::MultiheadAttentionImpl>(layer).forward(in[0], in[1], in[2], given(in, 3), true, given(in, 4));
  return {output, weights};
}

/// Attention of a sequence to itself with its projections and dropout (kmodules page).
struct SelfAttentionImpl : nn::Module {
  SelfAttentionImpl(int64_t dim, int64_t heads, double dropout, bool normed)
      : nn::Module("knn::SelfAttention"), dim(dim), heads(heads) {
    if (normed)
      norm = register_module("norm", std::make_shared<nn::LayerNormImpl>(nn::LayerNormOptions({dim})));
    in = register_module("in",
                         std::make_shared<nn::LinearImpl>(nn::LinearOptions(dim, 3 * dim).bias(!normed)));
    drop = register_module("drop", std::make_shared<nn::DropoutImpl>(dropout));
    out = register_module("out", std::make_shared<nn::LinearImpl>(dim, dim));
  }
  std::shared_ptr<nn::Module> clone(const TorchOptional<at::Device>&) const override {
    const auto p = drop->options.p();
    return copyOf(*this, std::make_shared<SelfAttentionImpl>(dim, heads, p, norm != nullptr));
  }

  void pretty_print(std::ostream& out) const override {
    out << name() << "(dim=" << dim << ", heads=" << heads << ", dropout=" << drop->options.p()
        << ", norm=" << (norm ? "true" : "false") << ")";
  }

  /// @param x batch, sequence, dim, or without the batch
  at::Tensor forward(const at::Tensor& x, const at::Tensor& mask) {
    const auto sizes = x.sizes().vec();
    const auto split = [&](const at::Tensor& t) {
      auto heading = sizes;
      heading.back() = heads;
      heading.push_back(dim / heads);
      return t.reshape(heading).transpose(-3, -2);
    };
    const auto projected = in->forward(norm ? norm->forward(x) : x).chunk(3, -1);
    const auto scale = 1 / std::sqrt(static_cast<double>(dim / heads));
    auto scores = at::matmul(split(projected[0]) * scale, split(projected[1]).transpose(-2, -1));
    if (mask.defined())
      scores = mask.scalar_type() == at::kBool ? scores.masked_fill(mask, -INFINITY) : scores + mask;
    const auto weights = drop->forward(scores.softmax(-1));
    return out->forward(at::matmul(weights, split(projected[2])).transpose(-3, -2).reshape(sizes));
  }

  int64_t dim, heads;
  std::shared_ptr<nn::LayerNormImpl> norm;
  std::shared_ptr<nn::LinearImpl> in, out;
  std::shared_ptr<nn::DropoutImpl> drop;
};

Tensors attendSelf(const Layer& layer, const Tensors& in) {
  if (in.size() > 2) fail("self attention: padding mask not implemented");
  return {as<SelfAttentionImpl>(layer).forward(in[0], given(in, 1))};
}

}  // namespace

Rows attentionLayers() {
  return {
      {"selfattention",
       [](const Options& o) -> Module {
         return std::make_shared<SelfAttentionImpl>(o.integer("dim"), o.integer("heads"), o.number("dropout"),
                                                    o.flag("norm"));
       },
       attendSelf, 1, 3},
      {"attention",
       [](const Options& o) -> Module {
         auto options = nn::MultiheadAttentionOptions(o.integer("dim"), o.integer("heads"))
                            .dropout(o.number("dropout"))
                            .bias(o.flag("bias"))
                            .add_bias_kv(o.flag("addbias"))
                            .add_zero_attn(o.flag("addzero"));
         options.kdim(o.maybeInteger("kdim").value_or(o.integer("dim")));
         options.vdim(o.maybeInteger("vdim").value_or(o.integer("dim")));
         return std::make_shared<nn::MultiheadAttentionImpl>(options);
       },
       attend, 3, 5},
  };
}

}  // namespace torchq
