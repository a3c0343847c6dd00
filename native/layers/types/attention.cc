// Attention, libtorch's own and that of a sequence to itself.
#include <ATen/ops/matmul.h>

#include <cmath>

#include "layers/types/rows.h"

namespace torchq {

namespace {

/// Query, key, value, and optionally a key padding mask, a flag for weights, an attention mask.
Tensors attend(const Layer& layer, const Tensors& in) {
  for (size_t i = 0; i < 3; ++i)  // libtorch reads the third dimension unasked
    if (in[i].dim() != 3)
      fail("attention: query, key and value of 3 dimensions expected (length, batch, features), given ",
           in[i].dim());
  auto [output, weights] =
      as<nn::MultiheadAttentionImpl>(layer).forward(in[0], in[1], in[2], given(in, 3), true, given(in, 4));
  return {output, weights};
}

/// Attention of a sequence to itself with its projections and dropout (kmodules page).
/// @param in batch, sequence, dim, or without the batch; a mask
Tensors attendSelf(const Layer& layer, const Tensors& in) {
  if (in.size() > 2) fail("self attention: padding mask not implemented");
  const auto& x = in[0];
  auto mask = given(in, 1);
  const auto dim = layer.options.integer("dim"), heads = layer.options.integer("heads");
  const auto sizes = x.sizes().vec();
  auto parts = sizes;
  parts.back() = 3;
  parts.insert(parts.end(), {heads, dim / heads});
  const auto normed = layer.child("norm") ? through(layer, "norm", x) : x;
  const auto projected = through(layer, "in", normed).reshape(parts);
  // Query, key or value of each head: ..., heads, sequence, dim of a head.
  const auto part = [&](int64_t i) { return projected.select(-3, i).transpose(-3, -2); };
  const auto scale = 1 / std::sqrt(static_cast<double>(dim / heads));
  auto scores = at::matmul(part(0), part(1).transpose(-2, -1)) * scale;
  // A mask of a longer sequence does for its beginning.
  const auto length = scores.size(-1);
  if (mask.defined() && mask.dim() > 1 && mask.size(-1) != length)
    mask = mask.slice(-2, 0, length).slice(-1, 0, length);
  if (mask.defined())
    scores = mask.scalar_type() == at::kBool ? scores.masked_fill(mask, -INFINITY) : scores + mask;
  const auto weights = through(layer, "drop", scores.softmax(-1));
  const auto joined = at::matmul(weights, part(2)).transpose(-3, -2).reshape(sizes);
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
