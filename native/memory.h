// Memory for bulk data: messages, tensors made from them, replies. The system hands fresh memory out page by page at
// first touch, which costs several times as much as writing to it. So large memory is asked for in large pages, where the
// system has them, and what is given back waits a few seconds for its next use.
#pragma once

#include "pch.h"

namespace torchq {

/// Alignment that libtorch gives its own tensors.
constexpr size_t ALIGNMENT = 64;

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

/// Memory that several may hold: JavaScript, as the bytes of a message, and the tensor that a message becomes.
using SharedMemory = std::shared_ptr<uint8_t>;

/// Shared memory that `claimMemory` will know for as long as anybody holds it.
SharedMemory shareMemory(size_t size);
/// The shared memory of which `start` to `start + size` is at least half; null when there is none, and after the first
/// claim, since no two tensors may have the same memory.
SharedMemory claimMemory(const uint8_t* start, size_t size);

/// A vector whose storage are these items, of which there are `count`; it keeps `holder` alive.
at::Tensor tensorOver(uint8_t* items, int64_t count, at::ScalarType type, SharedMemory holder);

}  // namespace torchq
