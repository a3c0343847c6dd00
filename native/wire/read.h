// k objects, as their wire bytes, to tensors. The bytes have passed the protocol's checks (protocol/check.ts) or were
// written by our own encoder, yet every read here is bounded again: memory safety is native code's own affair.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "wire/bytes.h"

namespace torchq {

/// A k array (atom, vector, or nested list of equal shapes) as a CPU tensor of the matching data type: real is float,
/// float is double, char is int8, () is an empty float vector (tensors page).
/// Throws the k api's "type mismatch at depth ...", "dimension mismatch at depth ...", "no torch type found ...".
at::Tensor tensorFromK(KView k);

/// The sizes that the tensor of a k array has, by the first members of its lists. Throws as `tensorFromK`.
std::vector<int64_t> sizesOfK(KView k);

/// A large k vector as a tensor whose storage are the vector's own bytes, which must then belong to nobody else. Undefined
/// where they are not shared memory (memory/shared.h), not aligned, or only a small part of what would be kept alive.
at::Tensor tensorOverK(KView k);

}  // namespace torchq
