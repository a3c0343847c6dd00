// Memory for bulk data: messages, tensors made from them, replies. The system hands fresh memory out page by page at
// first touch, which costs several times as much as writing to it. So large memory is asked for in large pages, where the
// system has them, and what is given back waits a few seconds for its next use.
#pragma once

#include "pch.h"

namespace torchq {

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

/// An uninitialised tensor on the CPU whose storage is such memory where it is large.
at::Tensor makeTensor(at::IntArrayRef sizes, at::ScalarType type);

}  // namespace torchq
