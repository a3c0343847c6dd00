// How much work arguments stand for, in elements.
#pragma once

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "values/options.h"

namespace torchq {

/// A call that weighs no more may run on the JavaScript thread and saves two thread hops (DESIGN, decision 5).
constexpr int64_t INLINE_LIMIT = 16384;
constexpr int64_t TOO_MUCH = INLINE_LIMIT + 1;

/// A sum that stops at what is too much: an expanded tensor alone may have 2^63 - 1 elements.
inline int64_t plus(int64_t a, int64_t b) {
  return std::min(std::min(a, TOO_MUCH) + std::min(b, TOO_MUCH), TOO_MUCH);
}

/// A tensor on another device is too much: nobody knows how long that takes. An empty tensor is as many empty lists in
/// k: zeros 100000000 0 is work although it has no elements.
int64_t weigh(const at::Tensor& t);
inline int64_t weigh(const Input& x) {
  if (const auto* k = std::get_if<KView>(&x.source)) return static_cast<int64_t>(k->size);
  if (const auto* t = std::get_if<at::Tensor>(&x.source)) return weigh(*t);
  return 0;
}
/// The name of a device other than the CPU.
int64_t weigh(const std::string& name);
int64_t weigh(const Any& x);
inline int64_t weigh(bool) { return 0; }
inline int64_t weigh(int64_t) { return 0; }
template <class T>
int64_t weigh(const std::vector<T>& items);
template <class T>
int64_t weigh(const std::optional<T>& x) {
  return x ? weigh(*x) : 0;
}
template <class T>
int64_t weigh(const std::vector<T>& items) {
  int64_t sum = 0;
  for (const auto& item : items) sum = plus(sum, weigh(item));
  return sum;
}

}  // namespace torchq
