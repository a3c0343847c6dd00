// Tensors as a verb's result: k arrays, or handles where `asK` is false.
#pragma once

#include "door/reply.h"
#include "wire/write.h"

namespace torchq {

/// The k arrays of several tensors.
inline std::vector<Reply> kArrays(const Tensors& tensors) {
  std::vector<Reply> result;
  for (const auto& t : tensors) result.emplace_back(tensorToK(t));
  return result;
}

inline Reply result(const at::Tensor& t, bool asK) { return asK ? Reply(tensorToK(t)) : Reply(Made{t}); }

/// A list of k arrays, or one vector.
inline Reply resultList(const Tensors& tensors, bool asK) {
  if (asK) return kArrays(tensors);
  return Made{std::make_shared<TensorVector>(TensorVector{tensors})};
}

/// A calculation's result: a single tensor stands for itself.
inline Reply results(const Tensors& tensors, bool asK) {
  return tensors.size() == 1 ? result(tensors[0], asK) : resultList(tensors, asK);
}

}  // namespace torchq
