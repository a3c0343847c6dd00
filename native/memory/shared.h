// Memory that several may hold: JavaScript, as the bytes of a message, and the tensor that a message becomes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace torchq {

using SharedMemory = std::shared_ptr<uint8_t>;

/// Shared memory that `claimMemory` will know for as long as anybody holds it. Throws bad_alloc.
SharedMemory shareMemory(size_t size);
/// The shared memory of which `start` to `start + size` is at least half; null when there is none, and after the first
/// claim, since no two tensors may have the same memory.
SharedMemory claimMemory(const uint8_t* start, size_t size);

}  // namespace torchq
