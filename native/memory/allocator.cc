#include "memory/allocator.h"

#include <c10/core/CPUAllocator.h>
#include <malloc.h>

#include <limits>

#include "memory/blocks.h"
#include "torch_version.h"

namespace torchq {

namespace {

void give(void* memory) { giveMemory(static_cast<uint8_t*>(memory)); }

class OwnAllocator final : public TorchAllocator {
 public:
  c10::DeleterFnPtr raw_deleter() const override { return &give; }

 protected:
  c10::DataPtr take(size_t size) const override {
    auto* const memory = size ? takeMemory(size) : nullptr;
    return {memory, memory, &give, c10::Device(c10::kCPU)};
  }
};

/// What malloc takes from the system piece by piece, and what it keeps at hand. Both are where glibc's own adaptation
/// ends: a step of training, or a buffer of Node's, gives back and takes again the same sizes.
/// Not M_TOP_PAD: it would save a convolution net 25 page faults a batch, but heaps of other threads' arenas stay with it,
/// and with them what a text has let go.
constexpr int MALLOC_MAPS = 32 << 20;
constexpr int MALLOC_KEEPS = 64 << 20;

}  // namespace

void installAllocator() {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, MALLOC_MAPS);
  mallopt(M_TRIM_THRESHOLD, MALLOC_KEEPS);
#endif
  static auto* const allocator = new OwnAllocator;  // libtorch keeps the pointer for ever
  c10::SetCPUAllocator(allocator, std::numeric_limits<uint8_t>::max());
}

}  // namespace torchq
