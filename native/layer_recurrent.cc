// Recurrent layers and attention: several tensors out.
#include "layer_rows.h"

namespace torchq {

namespace {

/// Options that the three kinds of recurrent layer share.
template <class ImplOptions>
ImplOptions recurrent(const Options& o) {
  return ImplOptions(o.integer("in"), o.integer("hidden"))
      .num_layers(o.integer("layers"))
      .bias(o.flag("bias"))
      .batch_first(o.flag("batchfirst"))
      .dropout(o.number("dropout"))
      .bidirectional(o.flag("bi"));
}

/// Input and initial hidden state in; output and last hidden state out.
template <class Impl>
Tensors recur(const Layer& layer, const Tensors& in) {
  auto [output, hidden] = as<Impl>(layer).forward(in[0], in.size() > 1 ? in[1] : at::Tensor());
  return {output, hidden};
}

/// Input, or input with hidden and cell state, in; output, last hidden and cell state out.
Tensors recurLstm(const Layer& layer, const Tensors& in) {
  auto& lstm = as<nn::LSTMImpl>(layer);
  if (in.size() == 2)
    fail("lstm: forward expects 1 or 3 tensors, (input; hidden state; cell state), given 2");
  auto [output, state] =
      in.size() == 3 ? lstm.forward(in[0], std::make_tuple(in[1], in[2])) : lstm.forward(in[0]);
  return {output, std::get<0>(state), std::get<1>(state)};
}

/// Query, key, value, and optionally a key padding mask, a flag for weights, an attention mask.
Tensors attend(const Layer& layer, const Tensors& in) {
  const auto given = [&in](size_t i) { return i < in.size() ? in[i] : at::Tensor(); };
  auto [output, weights] =
      as<nn::MultiheadAttentionImpl>(layer).forward(in[0], in[1], in[2], given(3), true, given(4));
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
  return {as<SelfAttentionImpl>(layer).forward(in[0], in.size() > 1 ? in[1] : at::Tensor())};
}

}  // namespace

Rows recurrentLayers() {
  return {
      {"rnn",
       [](const Options& o) -> Module {
         auto options = recurrent<nn::RNNOptions>(o);
         if (o.symbol("fn") == "relu") options.nonlinearity(torch::kReLU);
         return std::make_shared<nn::RNNImpl>(options);
       },
       recur<nn::RNNImpl>, 1, 2},
      {"gru",
       [](const Options& o) -> Module { return std::make_shared<nn::GRUImpl>(recurrent<nn::GRUOptions>(o)); },
       recur<nn::GRUImpl>, 1, 2},
      {"lstm",
       [](const Options& o) -> Module {
         return std::make_shared<nn::LSTMImpl>(recurrent<nn::LSTMOptions>(o));
       },
       recurLstm, 1, 3},
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
