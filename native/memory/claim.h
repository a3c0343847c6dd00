// Memory that is not taken from blocks.h, but counts beside it.
#pragma once

#include <cstddef>

namespace torchq {

/// Counts what libtorch takes from malloc, as long as it lives.
class Claim {
 public:
  /// Throws MemoryFull where it does not fit.
  explicit Claim(size_t bytes);
  ~Claim();
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;

 private:
  size_t bytes_;
};

}  // namespace torchq
