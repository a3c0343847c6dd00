// Linear layers, activations, normalisation, dropout, embeddings, and the small functions that stand among layers.
#include "layer_rows.h"

namespace torchq {

namespace {

template <class Impl>
LayerType dropout(const char* name) {
  return row<Impl>(
      name, [](const Options& o) { return nn::DropoutOptions(o.number("p")).inplace(o.flag("inplace")); });
}

template <class Impl, class ImplOptions>
LayerType norm(const char* name) {
  return row<Impl>(name, [](const Options& o) {
    return ImplOptions(o.integer("in"))
        .eps(o.number("eps"))
        .momentum(o.number("momentum"))
        .affine(o.flag("affine"))
        .track_running_stats(o.flag("track"));
  });
}

/// An activation whose only option is `inplace`.
template <class Impl, class ImplOptions>
LayerType activation(const char* name) {
  return row<Impl>(name, [](const Options& o) { return ImplOptions(o.flag("inplace")); });
}

template <class Impl, class ImplOptions>
LayerType alongDim(const char* name) {
  return row<Impl>(name, [](const Options& o) { return ImplOptions(o.integer("dim")); });
}

/// k's `freeze` option has no twin in libtorch's constructor: it is set on the weight that was made.
Module embed(const Options& o) {
  auto options = nn::EmbeddingOptions(o.integer("rows"), o.integer("cols"))
                     .norm_type(o.number("p"))
                     .scale_grad_by_freq(o.flag("scale"))
                     .sparse(o.flag("sparse"));
  if (const auto pad = o.maybeInteger("padindex")) options.padding_idx(*pad);
  if (const auto norm = o.maybeNumber("maxnorm")) options.max_norm(*norm);
  const auto weight = o.tensor("weight");
  if (weight.defined()) options._weight(weight.detach().clone());
  auto module = std::make_shared<nn::EmbeddingImpl>(options);
  if (o.flag("freeze")) module->weight.requires_grad_(false);
  return module;
}

/// Bags of embeddings reduced to one row each.
Module embedBag(const Options& o) {
  using Mode = nn::EmbeddingBagMode;
  auto options = nn::EmbeddingBagOptions(o.integer("rows"), o.integer("cols"))
                     .norm_type(o.number("p"))
                     .scale_grad_by_freq(o.flag("scale"))
                     .mode(oneOf<Mode>(o.symbol("mode"),
                                       {{"sum", torch::kSum}, {"mean", torch::kMean}, {"max", torch::kMax}}))
                     .sparse(o.flag("sparse"))
                     .include_last_offset(o.flag("lastoffset"));
  if (const auto pad = o.maybeInteger("padindex")) options.padding_idx(*pad);
  if (const auto norm = o.maybeNumber("maxnorm")) options.max_norm(*norm);
  const auto weight = o.tensor("weight");
  if (weight.defined()) options._weight(weight.detach().clone());
  auto module = std::make_shared<nn::EmbeddingBagImpl>(options);
  if (o.flag("freeze")) module->weight.requires_grad_(false);
  return module;
}

Tensors embedBags(const Layer& layer, const Tensors& in) {
  const auto given = [&in](size_t i) { return i < in.size() ? in[i] : at::Tensor(); };
  return {as<nn::EmbeddingBagImpl>(layer).forward(in[0], given(1), given(2))};
}

/// While training, drops whole rows of the first dimension and scales the others up (stochastic depth).
Tensors dropPath(const Layer& layer, const Tensors& in) {
  const auto p = as<FunctionImpl>(layer).options.number("p");
  const auto& x = in[0];
  if (!layer.module->is_training() || p == 0 || x.dim() == 0) return {x};
  std::vector<int64_t> size(static_cast<size_t>(x.dim()), 1);
  size[0] = x.size(0);
  auto keep = at::empty(size, x.options()).bernoulli_(1 - p);
  if (p < 1) keep.div_(1 - p);
  return {x * keep};
}

at::Tensor indexSelect(const Options& o, const Tensors& in) {
  return in[0].index_select(o.integer("dim"), torch::tensor(o.integers("ind"), in[0].device()));
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

at::Tensor multiply(const Options&, const Tensors& in) { return at::mul(in[0], in[1]); }
at::Tensor matmul(const Options&, const Tensors& in) { return at::matmul(in[0], in[1]); }
at::Tensor concatenate(const Options& o, const Tensors& in) {
  return at::cat({in[0], in[1]}, o.integer("dim"));
}
at::Tensor reshape(const Options& o, const Tensors& in) { return in[0].reshape(o.integers("size")); }
at::Tensor permute(const Options& o, const Tensors& in) { return in[0].permute(o.integers("size")); }
at::Tensor expand(const Options& o, const Tensors& in) { return in[0].expand(o.integers("size")); }
at::Tensor select(const Options& o, const Tensors& in) {
  return in[0].select(o.integer("dim"), o.integer("ind"));
}
at::Tensor unsqueeze(const Options& o, const Tensors& in) { return in[0].unsqueeze(o.integer("dim")); }
at::Tensor transpose(const Options& o, const Tensors& in) {
  return in[0].transpose(o.integer("dim0"), o.integer("dim1"));
}
at::Tensor squeeze(const Options& o, const Tensors& in) {
  const auto dim = o.maybeInteger("dim");
  return dim ? in[0].squeeze(*dim) : in[0].squeeze();
}

}  // namespace

Rows basicLayers() {
  return {
      row<nn::LinearImpl>("linear",
                          [](const Options& o) {
                            return nn::LinearOptions(o.integer("in"), o.integer("out")).bias(o.flag("bias"));
                          }),
      row<nn::BilinearImpl, 2>("bilinear",
                               [](const Options& o) {
                                 return nn::BilinearOptions(o.integer("in1"), o.integer("in2"),
                                                            o.integer("out"))
                                     .bias(o.flag("bias"));
                               }),
      {"embed", embed, forwardOf<nn::EmbeddingImpl>},
      {"embedbag", embedBag, embedBags, 1, 3},
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

      norm<nn::BatchNorm1dImpl, nn::BatchNormOptions>("batchnorm1d"),
      norm<nn::BatchNorm2dImpl, nn::BatchNormOptions>("batchnorm2d"),
      norm<nn::BatchNorm3dImpl, nn::BatchNormOptions>("batchnorm3d"),
      norm<nn::InstanceNorm1dImpl, nn::InstanceNormOptions>("instancenorm1d"),
      norm<nn::InstanceNorm2dImpl, nn::InstanceNormOptions>("instancenorm2d"),
      norm<nn::InstanceNorm3dImpl, nn::InstanceNormOptions>("instancenorm3d"),
      row<nn::LayerNormImpl>("layernorm",
                             [](const Options& o) {
                               return nn::LayerNormOptions(o.integers("shape"))
                                   .eps(o.number("eps"))
                                   .elementwise_affine(o.flag("affine"));
                             }),
      row<nn::GroupNormImpl>("groupnorm",
                             [](const Options& o) {
                               return nn::GroupNormOptions(o.integer("groups"), o.integer("channels"))
                                   .eps(o.number("eps"))
                                   .affine(o.flag("affine"));
                             }),

      row<nn::LocalResponseNormImpl>("localnorm",
                                     [](const Options& o) {
                                       return nn::LocalResponseNormOptions(o.integer("size"))
                                           .alpha(o.number("alpha"))
                                           .beta(o.number("beta"))
                                           .k(o.number("k"));
                                     }),
      row<nn::CrossMapLRN2dImpl>("crossmap2d",
                                 [](const Options& o) {
                                   return nn::CrossMapLRN2dOptions(o.integer("size"))
                                       .alpha(o.number("alpha"))
                                       .beta(o.number("beta"))
                                       .k(o.integer("k"));
                                 }),

      {"droppath", [](const Options& o) { return functionModule("droppath", o); }, dropPath},
      dropout<nn::DropoutImpl>("drop"),
      dropout<nn::Dropout2dImpl>("drop2d"),
      dropout<nn::Dropout3dImpl>("drop3d"),
      dropout<nn::AlphaDropoutImpl>("adrop"),
      dropout<nn::FeatureAlphaDropoutImpl>("fadrop"),

      activation<nn::ReLUImpl, nn::ReLUOptions>("relu"),
      activation<nn::ReLU6Impl, nn::ReLU6Options>("relu6"),
      activation<nn::SELUImpl, nn::SELUOptions>("selu"),
      plain<nn::GELUImpl>("gelu"),
      plain<nn::SiLUImpl>("silu"),
      plain<nn::MishImpl>("mish"),
      plain<nn::SigmoidImpl>("sigmoid"),
      plain<nn::TanhImpl>("tanh"),
      plain<nn::TanhshrinkImpl>("tanhshrink"),
      plain<nn::SoftsignImpl>("softsign"),
      plain<nn::LogSigmoidImpl>("logsigmoid"),
      plain<nn::Softmax2dImpl>("softmax2d"),
      alongDim<nn::SoftmaxImpl, nn::SoftmaxOptions>("softmax"),
      alongDim<nn::SoftminImpl, nn::SoftminOptions>("softmin"),
      alongDim<nn::LogSoftmaxImpl, nn::LogSoftmaxOptions>("logsoftmax"),
      alongDim<nn::GLUImpl, nn::GLUOptions>("glu"),
      row<nn::LeakyReLUImpl>(
          "leakyrelu",
          [](const Options& o) {
            return nn::LeakyReLUOptions().negative_slope(o.number("slope")).inplace(o.flag("inplace"));
          }),
      row<nn::PReLUImpl>("prelu",
                         [](const Options& o) {
                           return nn::PReLUOptions().num_parameters(o.integer("in")).init(o.number("init"));
                         }),
      row<nn::RReLUImpl>("rrelu",
                         [](const Options& o) {
                           return nn::RReLUOptions()
                               .lower(o.number("lower"))
                               .upper(o.number("upper"))
                               .inplace(o.flag("inplace"));
                         }),
      row<nn::ELUImpl>("elu",
                       [](const Options& o) {
                         return nn::ELUOptions().alpha(o.number("alpha")).inplace(o.flag("inplace"));
                       }),
      row<nn::CELUImpl>("celu",
                        [](const Options& o) {
                          return nn::CELUOptions().alpha(o.number("alpha")).inplace(o.flag("inplace"));
                        }),
      row<nn::HardshrinkImpl>("hardshrink",
                              [](const Options& o) { return nn::HardshrinkOptions(o.number("lambda")); }),
      row<nn::SoftshrinkImpl>("softshrink",
                              [](const Options& o) { return nn::SoftshrinkOptions(o.number("lambda")); }),
      row<nn::HardtanhImpl>("hardtanh",
                            [](const Options& o) {
                              return nn::HardtanhOptions()
                                  .min_val(o.number("min"))
                                  .max_val(o.number("max"))
                                  .inplace(o.flag("inplace"));
                            }),
      row<nn::SoftplusImpl>(
          "softplus",
          [](const Options& o) {
            return nn::SoftplusOptions().beta(o.number("beta")).threshold(o.number("threshold"));
          }),
      row<nn::ThresholdImpl>(
          "threshold",
          [](const Options& o) {
            return nn::ThresholdOptions(o.number("threshold"), o.number("value")).inplace(o.flag("inplace"));
          }),

      plain<nn::IdentityImpl>("identity"),
      row<nn::FlattenImpl>(
          "flatten",
          [](const Options& o) {
            return nn::FlattenOptions().start_dim(o.integer("start")).end_dim(o.integer("end"));
          }),
      function<multiply, 2>("mul"),
      function<matmul, 2>("matmul"),
      function<concatenate, 2>("cat"),
      function<reshape>("reshape"),
      function<permute>("permute"),
      function<expand>("expand"),
      function<select>("select"),
      function<indexSelect>("indexselect"),
      function<squeeze>("squeeze"),
      function<unsqueeze>("unsqueeze"),
      function<transpose>("transpose"),
  };
}

}  // namespace torchq
