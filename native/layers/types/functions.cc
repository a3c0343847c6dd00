// Small functions that stand among layers, for which libtorch has no module.
#include <ATen/ATen.h>

#include "layers/types/function.h"

namespace torchq {

namespace {

/// While training, drops whole rows of the first dimension and scales the others up (stochastic depth).
Tensors dropPath(const Layer& layer, const Tensors& in) {
  const auto p = layer.options.number("p");
  const auto& x = in[0];
  if (!layer.module->is_training() || p == 0 || x.dim() == 0) return {x};
  std::vector<int64_t> size(static_cast<size_t>(x.dim()), 1);
  size[0] = x.size(0);
  // A uniform number a row, and the division before the product: ktorch's numbers to the bit.
  const auto keep = at::rand(size, x.options()).add_(1 - p).floor_();
  return {p < 1 ? x.div(1 - p) * keep : x * keep};
}

at::Tensor indexSelect(const Options& o, const Tensors& in) {
  return in[0].index_select(o.integer("dim"), torch::tensor(o.integers("ind"), in[0].device()));
}

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

Rows functionLayers() {
  return {
      {"droppath", [](const Options& o) { return functionModule("droppath", o); }, dropPath},
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
