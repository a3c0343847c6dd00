// Normalization and dropout.

#include "layers/types/sizes.h"
#include "torch_version.h"

namespace torchq {

namespace {

template <class Impl>
LayerType dropout(const char* name) {
  return row<Impl>(
      name, [](const Options& o) { return nn::DropoutOptions(o.number("p")).inplace(o.flag("inplace")); });
}

/// @tparam Momentum none is a plain average, where that may be
template <class Impl, class ImplOptions, class Momentum>
LayerType norm(const char* name) {
  return row<Impl>(name, [](const Options& o) {
    const auto momentum = o.maybeNumber("momentum");
    return ImplOptions(o.integer("in"))
        .eps(o.number("eps"))
        .momentum(momentum ? Momentum(*momentum) : Momentum())
        .affine(o.flag("affine"))
        .track_running_stats(o.flag("track"));
  });
}

template <class Impl>
LayerType batchNorm(const char* name) {
  return norm<Impl, nn::BatchNormOptions, TorchOptional<double>>(name);
}
template <class Impl>
LayerType instanceNorm(const char* name) {
  return norm<Impl, nn::InstanceNormOptions, double>(name);
}

/// With `autocast` what linear and convolution layers give may be shorter than parameters, and not every libtorch's kernels
/// take both: these norms compute in their parameters' type.
template <class Impl>
Tensors forwardWhole(const Layer& layer, const Tensors& in) {
  auto& module = as<Impl>(layer);
  const bool shorter = in[0].scalar_type() == at::kBFloat16 && module.weight.defined();
  return {module.forward(shorter ? in[0].to(module.weight.scalar_type()) : in[0])};
}
LayerType computing(Forward forward, LayerType row) {
  row.forward = forward;
  return row;
}

/// libtorch pads the channels by the size.
double channelsPadded(const Layer& layer, const Tensors& in) {
  if (in[0].dim() < 2 || in[0].size(1) == 0) return 0;
  const auto all = static_cast<double>(in[0].numel()), channels = static_cast<double>(in[0].size(1));
  return all / channels * (channels + static_cast<double>(layer.options.integer("size")));
}

}  // namespace

Rows normalizationLayers() {
  return {
      batchNorm<nn::BatchNorm1dImpl>("batchnorm1d"),
      batchNorm<nn::BatchNorm2dImpl>("batchnorm2d"),
      batchNorm<nn::BatchNorm3dImpl>("batchnorm3d"),
      instanceNorm<nn::InstanceNorm1dImpl>("instancenorm1d"),
      instanceNorm<nn::InstanceNorm2dImpl>("instancenorm2d"),
      instanceNorm<nn::InstanceNorm3dImpl>("instancenorm3d"),
      computing(forwardWhole<nn::LayerNormImpl>,
                row<nn::LayerNormImpl>("layernorm",
                                       [](const Options& o) {
                                         return nn::LayerNormOptions(o.integers("shape"))
                                             .eps(o.number("eps"))
                                             .elementwise_affine(o.flag("affine"));
                                       })),
      computing(forwardWhole<nn::GroupNormImpl>, row<nn::GroupNormImpl>("groupnorm",
                                                                        [](const Options& o) {
                                                                          return nn::GroupNormOptions(
                                                                                     o.integer("groups"),
                                                                                     o.integer("channels"))
                                                                              .eps(o.number("eps"))
                                                                              .affine(o.flag("affine"));
                                                                        })),
      sized(row<nn::LocalResponseNormImpl>("localnorm",
                                           [](const Options& o) {
                                             return nn::LocalResponseNormOptions(o.integer("size"))
                                                 .alpha(o.number("alpha"))
                                                 .beta(o.number("beta"))
                                                 .k(o.number("k"));
                                           }),
            channelsPadded),
      row<nn::CrossMapLRN2dImpl>("crossmap2d",
                                 [](const Options& o) {
                                   return nn::CrossMapLRN2dOptions(o.integer("size"))
                                       .alpha(o.number("alpha"))
                                       .beta(o.number("beta"))
                                       .k(o.integer("k"));
                                 }),

      dropout<nn::DropoutImpl>("drop"),
      dropout<nn::Dropout2dImpl>("drop2d"),
      dropout<nn::Dropout3dImpl>("drop3d"),
      dropout<nn::AlphaDropoutImpl>("adrop"),
      dropout<nn::FeatureAlphaDropoutImpl>("fadrop"),
  };
}

}  // namespace torchq
