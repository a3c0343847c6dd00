// Bytes on their way in and out.
#pragma once

#include <cstring>
#include <vector>

#include "memory/blocks.h"

namespace torchq {

/// Bytes of one encoded k object (type byte first, little-endian, no message header), or of a message, owned by someone
/// else.
struct KView {
  const uint8_t* data = nullptr;
  size_t size = 0;
};

/// Bytes that will become a JavaScript Uint8Array without being copied.
struct Bytes {
  Memory data;
  size_t size = 0;

  Bytes() = default;
  explicit Bytes(size_t n) : data(makeMemory(n)), size(n) {}
  explicit Bytes(const std::vector<uint8_t>& copied) : Bytes(copied.size()) {
    if (size) std::memcpy(data.get(), copied.data(), size);
  }
};

}  // namespace torchq
