// Layers that change the shape of their input: padding, folding, upsampling.

#include "layers/types/sizes.h"

namespace torchq {

namespace {

/// Two numbers for each dimension, the last dimension's first.
template <size_t D>
double padded(const Layer& layer, const Tensors& in) {
  const auto sizes = lastSizes<D>(in[0]);
  const auto pad = numbers<2 * D>(layer.options, "pad");
  double product = leading(in[0], D);
  for (size_t i = 0; i < D; ++i) product *= std::max(0.0, sizes[D - 1 - i] + pad[2 * i] + pad[2 * i + 1]);
  return product;
}

template <size_t D, class Impl>
LayerType constantPad(const char* name) {
  const auto make = [](const Options& o) {
    return nn::ConstantPadOptions<D>(size<2 * D>(o, "pad"), o.number("value"));
  };
  return sized(row<Impl>(name, make), padded<D>);
}

/// A padding layer whose only option is how much.
template <size_t D, class Impl, class ImplOptions>
LayerType pad(const char* name) {
  const auto make = [](const Options& o) { return ImplOptions(size<2 * D>(o, "pad")); };
  return sized(row<Impl>(name, make), padded<D>);
}

double folded(const Layer& layer, const Tensors& in) {
  const auto& x = in[0];
  if (x.dim() < 2) return 0;
  const auto out = numbers<2>(layer.options, "out"), size = numbers<2>(layer.options, "size");
  return leading(x, 2) * static_cast<double>(x.size(-2)) / (size[0] * size[1]) * out[0] * out[1];
}

double unfolded(const Layer& layer, const Tensors& in) {
  const auto& o = layer.options;
  const auto size = numbers<2>(o, "size");
  return leading(in[0], 2) * size[0] * size[1] * windows<2>(lastSizes<2>(in[0]), o, numbers<2>(o, "pad"));
}

nn::UpsampleOptions upsample(const Options& o) {
  using Mode = std::decay_t<decltype(std::declval<nn::UpsampleOptions>().mode())>;
  auto options =
      nn::UpsampleOptions().mode(oneOf<Mode>(o.symbol("mode"), {{"nearest", torch::kNearest},
                                                                {"linear", torch::kLinear},
                                                                {"bilinear", torch::kBilinear},
                                                                {"bicubic", torch::kBicubic},
                                                                {"trilinear", torch::kTrilinear}}));
  if (!o.get("size").isNone()) options.size(o.integers("size"));
  if (!o.get("scale").isNone()) {
    std::vector<double> scale;
    for (const auto& item : std::get<std::vector<Any>>(o.get("scale").value))
      scale.push_back(std::get<double>(item.value));
    options.scale_factor(scale);
  }
  if (!o.get("align").isNone()) options.align_corners(o.flag("align"));
  return options;
}

/// One size or scale serves all dimensions after the first two.
Tensors enlarge(const Layer& layer, const Tensors& in) {
  auto options = as<nn::UpsampleImpl>(layer).options;
  checkImage(in[0], options.mode());
  const auto dims = static_cast<size_t>(std::max<int64_t>(in[0].dim() - 2, 1));
  if (options.size() && options.size()->size() == 1)
    options.size(std::vector<int64_t>(dims, options.size()->at(0)));
  if (options.scale_factor() && options.scale_factor()->size() == 1)
    options.scale_factor(std::vector<double>(dims, options.scale_factor()->at(0)));
  return {nn::UpsampleImpl(options).forward(in[0])};
}

}  // namespace

Rows shapeLayers() {
  return {
      constantPad<1, nn::ConstantPad1dImpl>("pad1d"),
      constantPad<2, nn::ConstantPad2dImpl>("pad2d"),
      constantPad<3, nn::ConstantPad3dImpl>("pad3d"),
      pad<1, nn::ReflectionPad1dImpl, nn::ReflectionPad1dOptions>("reflect1d"),
      pad<2, nn::ReflectionPad2dImpl, nn::ReflectionPad2dOptions>("reflect2d"),
      pad<1, nn::ReplicationPad1dImpl, nn::ReplicationPad1dOptions>("replicate1d"),
      pad<2, nn::ReplicationPad2dImpl, nn::ReplicationPad2dOptions>("replicate2d"),
      pad<3, nn::ReplicationPad3dImpl, nn::ReplicationPad3dOptions>("replicate3d"),
      pad<2, nn::ZeroPad2dImpl, nn::ZeroPad2dOptions>("zeropad2d"),
      sized(row<nn::FoldImpl>("fold",
                              [](const Options& o) {
                                return nn::FoldOptions(size<2>(o, "out"), size<2>(o, "size"))
                                    .dilation(size<2>(o, "dilate"))
                                    .padding(size<2>(o, "pad"))
                                    .stride(size<2>(o, "stride"));
                              }),
            folded),
      sized(row<nn::UnfoldImpl>("unfold",
                                [](const Options& o) {
                                  return nn::UnfoldOptions(size<2>(o, "size"))
                                      .dilation(size<2>(o, "dilate"))
                                      .padding(size<2>(o, "pad"))
                                      .stride(size<2>(o, "stride"));
                                }),
            unfolded),
      sized({"upsample",
             [](const Options& o) -> Module { return std::make_shared<nn::UpsampleImpl>(upsample(o)); },
             enlarge},
            enlarged),
  };
}

}  // namespace torchq
