// Normalization and dropout.

#include "layers/types/sizes.h"

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

/// libtorch pads the channels by the size.
double channelsPadded(const Layer& layer, const Tensors& in) {
  if (in[0].dim() < 2 || in[0].size(1) == 0) return 0;
  const auto all = static_cast<double>(in[0].numel()), channels = static_cast<double>(in[0].size(1));
  return all / channels * (channels + static_cast<double>(layer.options.integer("size")));
}

}  // namespace

Rows normalizationLayers() {
  return {
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
