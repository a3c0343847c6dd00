// Memory for bulk data: messages, tensors made from them, replies. The system hands fresh memory out page by page at
// first touch, which costs several times as much as writing to it. So large memory is asked for in large pages, where the
// system has them, and what is given back waits a few seconds for its next use.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace torchq {

/// Alignment that libtorch gives its own tensors.
constexpr size_t ALIGNMENT = 64;
/// Large pages are of this size; memory is large from two of them. What is smaller is malloc's affair.
constexpr size_t LARGE_PAGE = size_t{2} << 20;
constexpr size_t LARGE = 2 * LARGE_PAGE;

/// Memory of at least `size` bytes, aligned for any tensor; what is in it is left over from anything. Throws bad_alloc.
uint8_t* takeMemory(size_t size);

/// Gives memory back; `size` as it was asked for. From any thread.
void giveMemory(uint8_t* memory, size_t size) noexcept;

/// Returns to the system what has waited long enough. Called every now and then.
void trimMemory() noexcept;

/// Owns memory.
struct GiveMemory {
  size_t size = 0;
  void operator()(uint8_t* memory) const noexcept { giveMemory(memory, size); }
};
using Memory = std::unique_ptr<uint8_t, GiveMemory>;

inline Memory makeMemory(size_t size) { return {takeMemory(size), GiveMemory{size}}; }

}  // namespace torchq
