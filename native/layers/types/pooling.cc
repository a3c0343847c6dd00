// Pooling: by size and stride, to a size, by power, by fractions.

#include "layers/types/sizes.h"
#include "torch_version.h"

namespace torchq {

namespace {

template <size_t D, class Impl>
LayerType maxPool(const char* name) {
  return row<Impl>(name, [](const Options& o) {
    return nn::MaxPoolOptions<D>(size<D>(o, "size"))
        .stride(size<D>(o, "stride"))
        .padding(size<D>(o, "pad"))
        .dilation(size<D>(o, "dilate"))
        .ceil_mode(o.flag("ceiling"));
  });
}

template <size_t D>
nn::AvgPoolOptions<D> avgPoolOptions(const Options& o) {
  return nn::AvgPoolOptions<D>(size<D>(o, "size"))
      .stride(size<D>(o, "stride"))
      .padding(size<D>(o, "pad"))
      .ceil_mode(o.flag("ceiling"))
      .count_include_pad(o.flag("countpad"));
}

/// The one-dimensional pool has no divisor.
template <size_t D, class Impl>
LayerType avgPool(const char* name) {
  return row<Impl>(name, [](const Options& o) {
    auto options = avgPoolOptions<D>(o);
    if constexpr (D > 1)
      if (const auto divisor = o.maybeInteger("divisor")) options.divisor_override(*divisor);
    return options;
  });
}

/// Sizes of which some may be null: these dimensions stay as they are.
template <size_t D>
torch::ExpandingArrayWithOptionalElem<D> optionalSize(const Options& o) {
  std::vector<TorchOptional<int64_t>> sizes;
  for (const auto& item : std::get<std::vector<Any>>(o.get("size").value))
    sizes.push_back(item.isNone() ? TorchOptional<int64_t>()
                                  : TorchOptional<int64_t>(std::get<int64_t>(item.value)));
  return torch::ExpandingArrayWithOptionalElem<D>(sizes);
}

template <size_t D>
double adapted(const Layer& layer, const Tensors& in) {
  const auto own = lastSizes<D>(in[0]);
  double product = leading(in[0], D);
  if constexpr (D == 1) {
    product *= static_cast<double>(layer.options.integer("size"));
  } else {
    const auto sizes = optionalSize<D>(layer.options);
    for (size_t i = 0; i < D; ++i) product *= sizes->at(i) ? static_cast<double>(*sizes->at(i)) : own[i];
  }
  return product;
}

template <class Impl, class ImplOptions>
LayerType adaptive1d(const char* name) {
  const auto make = [](const Options& o) { return ImplOptions(o.integer("size")); };
  return sized(row<Impl>(name, make), adapted<1>);
}

template <size_t D, class Impl, class ImplOptions>
LayerType adaptive(const char* name) {
  const auto make = [](const Options& o) { return ImplOptions(optionalSize<D>(o)); };
  return sized(row<Impl>(name, make), adapted<D>);
}

template <size_t D, class Impl>
LayerType powerPool(const char* name) {
  return row<Impl>(name, [](const Options& o) {
    return nn::LPPoolOptions<D>(o.number("p"), size<D>(o, "size"))
        .stride(size<D>(o, "stride"))
        .ceil_mode(o.flag("ceiling"));
  });
}

template <size_t D>
torch::ExpandingArray<D, double> ratios(const Options& o) {
  std::vector<double> result;
  for (const auto& item : std::get<std::vector<Any>>(o.get("ratio").value))
    result.push_back(std::get<double>(item.value));
  return torch::ExpandingArray<D, double>(result);
}

template <size_t D, class Impl>
LayerType fractionalPool(const char* name) {
  return row<Impl>(name, [](const Options& o) {
    nn::FractionalMaxPoolOptions<D> options(size<D>(o, "size"));
    if (!o.get("outsize").isNone()) options.output_size(size<D>(o, "outsize"));
    if (!o.get("ratio").isNone()) options.output_ratio(ratios<D>(o));
    return options;
  });
}

}  // namespace

Rows poolingLayers() {
  return {
      maxPool<1, nn::MaxPool1dImpl>("maxpool1d"),
      maxPool<2, nn::MaxPool2dImpl>("maxpool2d"),
      maxPool<3, nn::MaxPool3dImpl>("maxpool3d"),
      avgPool<1, nn::AvgPool1dImpl>("avgpool1d"),
      avgPool<2, nn::AvgPool2dImpl>("avgpool2d"),
      avgPool<3, nn::AvgPool3dImpl>("avgpool3d"),
      adaptive1d<nn::AdaptiveAvgPool1dImpl, nn::AdaptiveAvgPool1dOptions>("adaptavg1d"),
      adaptive<2, nn::AdaptiveAvgPool2dImpl, nn::AdaptiveAvgPool2dOptions>("adaptavg2d"),
      adaptive<3, nn::AdaptiveAvgPool3dImpl, nn::AdaptiveAvgPool3dOptions>("adaptavg3d"),
      adaptive1d<nn::AdaptiveMaxPool1dImpl, nn::AdaptiveMaxPool1dOptions>("adaptmax1d"),
      adaptive<2, nn::AdaptiveMaxPool2dImpl, nn::AdaptiveMaxPool2dOptions>("adaptmax2d"),
      adaptive<3, nn::AdaptiveMaxPool3dImpl, nn::AdaptiveMaxPool3dOptions>("adaptmax3d"),
      powerPool<1, nn::LPPool1dImpl>("lppool1d"),
      powerPool<2, nn::LPPool2dImpl>("lppool2d"),
      fractionalPool<2, nn::FractionalMaxPool2dImpl>("fmaxpool2d"),
      fractionalPool<3, nn::FractionalMaxPool3dImpl>("fmaxpool3d"),
  };
}

}  // namespace torchq
