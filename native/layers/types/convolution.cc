// Convolution in one, two and three dimensions.

#include "layers/types/rows.h"

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

template <size_t D, class Impl>
LayerType convolution(const char* name) {
  using O = nn::ConvOptions<D>;
  return row<Impl>(name, [](const Options& o) {
    auto options = O(o.integer("in"), o.integer("out"), size<D>(o, "size"))
                       .stride(size<D>(o, "stride"))
                       .dilation(size<D>(o, "dilate"))
                       .groups(o.integer("groups"))
                       .bias(o.flag("bias"))
                       .padding_mode(paddingMode<typename O::padding_mode_t>(o));
    if (std::holds_alternative<std::string>(o.get("pad").value))
      options.padding(
          oneOf<typename O::padding_t>(o.symbol("pad"), {{"same", torch::kSame}, {"valid", torch::kValid}}));
    else
      options.padding(size<D>(o, "pad"));
    return options;
  });
}

template <size_t D, class Impl>
LayerType transposedConvolution(const char* name) {
  using O = nn::ConvTransposeOptions<D>;
  return row<Impl>(name, [](const Options& o) {
    return O(o.integer("in"), o.integer("out"), size<D>(o, "size"))
        .stride(size<D>(o, "stride"))
        .padding(size<D>(o, "pad"))
        .output_padding(size<D>(o, "outpad"))
        .groups(o.integer("groups"))
        .bias(o.flag("bias"))
        .dilation(size<D>(o, "dilate"))
        .padding_mode(paddingMode<typename O::padding_mode_t>(o));
  });
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
