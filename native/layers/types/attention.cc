// Attention, libtorch's own and that of a sequence to itself.
#include <ATen/ops/matmul.h>

#include <cmath>

#include "layers/types/rows.h"

namespace torchq {

namespace {

/// Query, key, value, and optionally a key padding mask, a flag for weights, an attention mask.
Tensors attend(const Layer& layer, const Tensors& in) {
  auto [output, weights] =
      as<nn::MultiheadAttentionImpl>(layer).forward(in[0], in[1], in[2], given(in, 3), true, given(in, 4));
  return {output, weights};
}

/// Attention of a sequence to itself with its projections and dropout (kmodules page).
/// @param in batch, sequence, dim, or without the batch; a mask
Tensors attendSelf(const Layer& layer, const Tensors& in) {
  if (in.size() > 2) fail("self attention: padding mask not implemented");
  const auto& x = in[0];
  const auto mask = given(in, 1);
  const auto dim = layer.options.integer("dim"), heads = layer.options.integer("heads");
  const auto sizes = x.sizes().vec();
  const auto split = [&](const at::Tensor& t) {
    auto heading = sizes;
    heading.back() = heads;
    heading.push_back(dim / heads);
    return t.reshape(heading).transpose(-3, -2);
  };
  const auto normed = layer.child("norm") ? through(layer, "norm", x) : x;
  const auto projected = through(layer, "in", normed).chunk(3, -1);
  const auto scale = 1 / std::sqrt(static_cast<double>(dim / heads));
  auto scores = at::matmul(split(projected[0]) * scale, split(projected[1]).transpose(-2, -1));
  if (mask.defined())
    scores = mask.scalar_type() == at::kBool ? scores.masked_fill(mask, -INFINITY) : scores + mask;
  const auto weights = through(layer, "drop", scores.softmax(-1));
  const auto joined = at::matmul(weights, split(projected[2])).transpose(-3, -2).reshape(sizes);
  return {through(layer, "out", joined)};
}

}  // namespace

Rows attentionLayers() {
  return {
      {"selfattention",
       [](const Options& o) -> Module {
         return named("knn::SelfAttention", text("(dim=", o.integer("dim"), ", heads=", o.integer("heads"),
                                                 ", dropout=", o.number("dropout"),
                                                 ", norm=", o.flag("norm") ? "true" : "false", ")"));
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
