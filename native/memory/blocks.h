// All memory for bulk data: tensors on the CPU (allocator.h), messages, replies. It is counted, and a limit refuses what
// does not fit. The system hands fresh memory out page by page at first touch, which costs several times as much as
// writing to it. So large memory is asked for in large pages, where the system has them, and what is given back waits a
// few seconds for its next use.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>

#include "memory/pages.h"

namespace torchq {

/// Alignment that libtorch gives its own tensors.
constexpr size_t ALIGNMENT = 64;
/// Memory is large from two large pages. What is smaller is malloc's affair.
constexpr size_t LARGE = 2 * LARGE_PAGE;

/// Memory that cannot be had, by the system's word or the limit's. What it says is k's own word for that.
class MemoryFull : public std::bad_alloc {
 public:
  const char* what() const noexcept override { return "wsfull"; }
};

/// Memory of at least `size` bytes, aligned for any tensor; what is in it is left over from anything. Throws MemoryFull.
uint8_t* takeMemory(size_t size);

/// Gives memory back. From any thread, and soon done: the system gets it back from a thread of its own.
void giveMemory(uint8_t* memory) noexcept;

/// Returns to the system what malloc holds free. Called when nothing is done for a while.
void trimMemory() noexcept;

constexpr size_t UNLIMITED = std::numeric_limits<size_t>::max();
/// From now on no more than this may be in use.
void limitMemory(size_t bytes) noexcept;

/// In bytes; what is in use is counted as what it takes.
struct MemoryUse {
  size_t used = 0;
  size_t most = 0;     ///< that was ever in use
  size_t waiting = 0;  ///< for its next use
  size_t refused = 0;  ///< how many times memory could not be had
};
MemoryUse memoryUse() noexcept;

/// Owns memory.
struct GiveMemory {
  void operator()(uint8_t* memory) const noexcept { giveMemory(memory); }
};
using Memory = std::unique_ptr<uint8_t, GiveMemory>;

inline Memory makeMemory(size_t size) { return Memory(takeMemory(size)); }

}  // namespace torchq
