// Tensors as a verb's result: k arrays, or handles where `asK` is false.
#pragma once

#include "door/reply.h"
#include "wire/write.h"

namespace torchq {

/// The k arrays of several tensors.
inline std::vector<Reply> kArrays(const Tensors& tensors, bool complexFirst) {
  std::vector<Reply> result;
  for (const auto& t : tensors) result.emplace_back(tensorToK(t, complexFirst));
  return result;
}

inline Reply result(const at::Tensor& t, bool asK, bool complexFirst) {
  return asK ? Reply(tensorToK(t, complexFirst)) : Reply(Made{t});
}

/// A list of k arrays, or one vector.
inline Reply resultList(const Tensors& tensors, bool asK, bool complexFirst) {
  if (asK) return kArrays(tensors, complexFirst);
  return Made{std::make_shared<TensorVector>(TensorVector{tensors})};
}

/// A calculation's result: a single tensor stands for itself.
inline Reply results(const Tensors& tensors, bool asK, bool complexFirst) {
  return tensors.size() == 1 ? result(tensors[0], asK, complexFirst) : resultList(tensors, asK, complexFirst);
}

}  // namespace torchq
