// Tensors as a verb's result: k arrays, or handles where `asK` is false.
#pragma once

#include "door/reply.h"
#include "errors.h"
#include "wire/write.h"

namespace torchq {

/// The k arrays of several tensors.
inline std::vector<Reply> kArrays(const Tensors& tensors) {
  std::vector<Reply> result;
  for (const auto& t : tensors) result.emplace_back(tensorToK(t));
  return result;
}

/// Listing a collection takes a moment, in which nobody else is answered.
constexpr size_t MOST_MEMBERS = 50000;
inline void checkMembers(size_t count) {
  if (count > MOST_MEMBERS)
    fail("a vector or dictionary holds at most ", MOST_MEMBERS, " tensors, not ", count);
}

inline Reply result(const at::Tensor& t, bool asK) { return asK ? Reply(tensorToK(t)) : Reply(Made{t}); }

/// A list of k arrays, or one vector.
inline Reply resultList(const Tensors& tensors, bool asK) {
  checkMembers(tensors.size());
  if (asK) return kArrays(tensors);
  return Made{std::make_shared<TensorVector>(TensorVector{tensors})};
}

/// A calculation's result: a single tensor stands for itself.
inline Reply results(const Tensors& tensors, bool asK) {
  return tensors.size() == 1 ? result(tensors[0], asK) : resultList(tensors, asK);
}

}  // namespace torchq
