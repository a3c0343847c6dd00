// How much work arguments stand for, in elements.
#pragma once

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "objects/object.h"

namespace torchq {

/// More than this goes to the thread of jobs. A cheap call runs inline and saves two thread hops (DESIGN, decision 5).
constexpr int64_t INLINE_LIMIT = 16384;

/// An empty tensor is as many empty lists in k: zeros 100000000 0 is work although it has no elements.
int64_t emptyLists(const at::Tensor& t);
inline int64_t weigh(const at::Tensor& t) {
  if (!t.defined()) return 0;
  const auto elements = t.numel();
  return elements > 0 ? elements : emptyLists(t);
}
int64_t weigh(const Object& object);
inline int64_t weigh(const Input& x) {
  if (const auto* k = std::get_if<KView>(&x.source)) return static_cast<int64_t>(k->size);
  if (const auto* t = std::get_if<at::Tensor>(&x.source)) return weigh(*t);
  return 0;
}
/// Numbers count as what they may be the size of: zeros(1000000) is work although its argument is small.
inline int64_t weigh(const Any& x) {
  if (const auto* i = std::get_if<int64_t>(&x.value)) return *i < 0 ? 0 : *i;
  if (const auto* d = std::get_if<double>(&x.value)) return *d > INLINE_LIMIT ? INLINE_LIMIT + 1 : 0;
  if (const auto* input = std::get_if<Input>(&x.value)) return weigh(*input);
  if (const auto* list = std::get_if<std::vector<Any>>(&x.value)) {
    int64_t product = 1, sum = 0;
    for (const auto& item : *list) {
      const auto weight = weigh(item);
      sum = std::min(sum + weight, INLINE_LIMIT + 1);
      product = std::min(product * std::max<int64_t>(weight, 1), INLINE_LIMIT + 1);
    }
    return std::max(sum, product);
  }
  return 0;
}
template <class T>
int64_t weigh(const std::shared_ptr<T>& object) {
  return weigh(Object(object));
}
inline int64_t weigh(const Options&) { return 0; }
inline int64_t weigh(bool) { return 0; }
inline int64_t weigh(uint8_t) { return 0; }
inline int64_t weigh(int64_t) { return 0; }
inline int64_t weigh(double) { return 0; }
inline int64_t weigh(const std::string&) { return 0; }
template <class T>
int64_t weigh(const std::vector<T>& items);
template <class T>
int64_t weigh(const std::optional<T>& x) {
  return x ? weigh(*x) : 0;
}
template <class T>
int64_t weigh(const std::vector<T>& items) {
  int64_t sum = 0;
  for (const auto& item : items) sum = std::min(sum + weigh(item), INLINE_LIMIT + 1);
  return sum;
}

}  // namespace torchq
