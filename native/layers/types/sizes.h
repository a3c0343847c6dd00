// How large results will be, for the types whose options can make a small input large (LayerType::elements).
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "layers/types/rows.h"

namespace torchq {

/// The row with a count of its result's elements.
inline LayerType sized(LayerType row, Elements elements) {
  row.elements = elements;
  return row;
}

/// Elements over all dimensions but the last so many; nothing where there are fewer.
inline double leading(const at::Tensor& x, int64_t last) {
  double product = x.dim() < last ? 0 : 1;
  for (int64_t i = 0; i + last < x.dim(); ++i) product *= static_cast<double>(x.size(i));
  return product;
}

/// The sizes of the last D dimensions; of a tensor with fewer, zeros: libtorch refuses it.
template <size_t D>
std::array<double, D> lastSizes(const at::Tensor& x) {
  std::array<double, D> result{};
  const auto dims = static_cast<size_t>(x.dim());
  for (size_t i = 0; i < D && dims >= D; ++i)
    result[i] = static_cast<double>(x.size(static_cast<int64_t>(dims - D + i)));
  return result;
}

template <size_t D>
std::array<double, D> numbers(const Options& o, const std::string& name) {
  const auto values = o.integers(name, D);
  std::array<double, D> result;
  for (size_t i = 0; i < D; ++i) result[i] = static_cast<double>(values[i]);
  return result;
}

/// Places of a window that moves over the sizes.
template <size_t D>
double windows(const std::array<double, D>& sizes, const Options& o, const std::array<double, D>& pad) {
  const auto size = numbers<D>(o, "size"), stride = numbers<D>(o, "stride"), dilate = numbers<D>(o, "dilate");
  double product = 1;
  for (size_t i = 0; i < D; ++i) {
    const auto room = sizes[i] + 2 * pad[i] - dilate[i] * (size[i] - 1) - 1;
    product *= room < 0 ? 0 : std::floor(room / stride[i]) + 1;
  }
  return product;
}

/// libtorch 1.13 counts the dimensions after the first two before it looks whether there are any.
template <class Mode>
void checkImage(const at::Tensor& x, const Mode& mode) {
  if (x.dim() < 2)
    fail("Input Error: Only 3D, 4D and 5D input Tensors supported (got ", x.dim(),
         "D) for the modes: nearest | linear | bilinear | bicubic | trilinear (got ",
         torch::enumtype::get_enum_name(mode), ")");
}

/// Of an image whose dimensions after the first two become a size or grow by a scale; one serves all.
inline double enlarged(const Layer& layer, const Tensors& in) {
  const auto& o = layer.options;
  const auto& x = in[0];
  const auto* scales = std::get_if<std::vector<Any>>(&o.get("scale").value);
  const auto sizes = o.get("size").isNone() ? std::vector<int64_t>() : o.integers("size");
  double product = leading(x, std::max<int64_t>(x.dim() - 2, 0));
  for (size_t i = 2; i < static_cast<size_t>(x.dim()); ++i) {
    if (!sizes.empty()) product *= static_cast<double>(sizes[std::min(i - 2, sizes.size() - 1)]);
    if (scales && !scales->empty()) {
      const auto scale = std::get<double>((*scales)[std::min(i - 2, scales->size() - 1)].value);
      product *= std::floor(static_cast<double>(x.size(static_cast<int64_t>(i))) * scale);
    }
  }
  return product;
}

}  // namespace torchq
