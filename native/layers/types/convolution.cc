// Convolution in one, two and three dimensions.

#include "layers/types/sizes.h"

namespace torchq {

namespace {

/// zeros, reflect, replicate or circular.
template <class Mode>
Mode paddingMode(const Options& o) {
  return oneOf<Mode>(o.symbol("padmode"), {{"zeros", torch::kZeros},
                                           {"reflect", torch::kReflect},
                                           {"replicate", torch::kReplicate},
                                           {"circular", torch::kCircular}});
}

bool isNamed(const Options& o, const std::string& name) {
  return std::holds_alternative<std::string>(o.get(name).value);
}

/// With a padding mode other than zeros libtorch makes the padded input too.
template <size_t D>
double convolved(const Layer& layer, const Tensors& in) {
  const auto& o = layer.options;
  const auto lead = leading(in[0], D + 1), channels = static_cast<double>(o.integer("out"));
  const auto sizes = lastSizes<D>(in[0]);
  if (isNamed(o, "pad")) {
    double same = 1;
    for (const auto size : sizes) same *= size;
    return lead * channels * same;
  }
  const auto pad = numbers<D>(o, "pad");
  double padded = leading(in[0], D);
  for (size_t i = 0; i < D; ++i) padded *= sizes[i] + 2 * pad[i];
  const auto out = lead * channels * windows<D>(sizes, o, pad);
  return o.symbol("padmode") == "zeros" ? out : std::max(out, padded);
}

template <size_t D>
double transposed(const Layer& layer, const Tensors& in) {
  const auto& o = layer.options;
  const auto sizes = lastSizes<D>(in[0]), size = numbers<D>(o, "size"), stride = numbers<D>(o, "stride"),
             pad = numbers<D>(o, "pad"), dilate = numbers<D>(o, "dilate"), out = numbers<D>(o, "outpad");
  double product = leading(in[0], D + 1) * static_cast<double>(o.integer("out"));
  for (size_t i = 0; i < D; ++i)
    product *=
        std::max(0.0, (sizes[i] - 1) * stride[i] - 2 * pad[i] + dilate[i] * (size[i] - 1) + out[i] + 1);
  return product;
}

template <size_t D, class Impl>
LayerType convolution(const char* name) {
  using O = nn::ConvOptions<D>;
  const auto make = [](const Options& o) {
    auto options = O(o.integer("in"), o.integer("out"), size<D>(o, "size"))
                       .stride(size<D>(o, "stride"))
                       .dilation(size<D>(o, "dilate"))
                       .groups(o.integer("groups"))
                       .bias(o.flag("bias"))
                       .padding_mode(paddingMode<typename O::padding_mode_t>(o));
    if (isNamed(o, "pad"))
      options.padding(
          oneOf<typename O::padding_t>(o.symbol("pad"), {{"same", torch::kSame}, {"valid", torch::kValid}}));
    else
      options.padding(size<D>(o, "pad"));
    return options;
  };
  return sized(row<Impl>(name, make), convolved<D>);
}

template <size_t D, class Impl>
LayerType transposedConvolution(const char* name) {
  using O = nn::ConvTransposeOptions<D>;
  const auto make = [](const Options& o) {
    return O(o.integer("in"), o.integer("out"), size<D>(o, "size"))
        .stride(size<D>(o, "stride"))
        .padding(size<D>(o, "pad"))
        .output_padding(size<D>(o, "outpad"))
        .groups(o.integer("groups"))
        .bias(o.flag("bias"))
        .dilation(size<D>(o, "dilate"))
        .padding_mode(paddingMode<typename O::padding_mode_t>(o));
  };
  return sized(row<Impl>(name, make), transposed<D>);
}

}  // namespace

Rows convolutionLayers() {
  return {
      convolution<1, nn::Conv1dImpl>("conv1d"),
      convolution<2, nn::Conv2dImpl>("conv2d"),
      convolution<3, nn::Conv3dImpl>("conv3d"),
      transposedConvolution<1, nn::ConvTranspose1dImpl>("convtranspose1d"),
      transposedConvolution<2, nn::ConvTranspose2dImpl>("convtranspose2d"),
      transposedConvolution<3, nn::ConvTranspose3dImpl>("convtranspose3d"),
  };
}

}  // namespace torchq
