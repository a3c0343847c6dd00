#include "memory/shared.h"

#include <map>
#include <mutex>

#include "memory/blocks.h"

namespace torchq {

namespace {

/// Shared memory by address.
class Shared {
 public:
  void know(const SharedMemory& memory, size_t size) {
    const std::lock_guard<std::mutex> lock(mutex_);
    blocks_[memory.get()] = {memory, size};
  }

  void forget(const uint8_t* memory) {
    const std::lock_guard<std::mutex> lock(mutex_);
    blocks_.erase(memory);
  }

  SharedMemory claim(const uint8_t* start, size_t size) {
    const std::lock_guard<std::mutex> lock(mutex_);
    auto it = blocks_.upper_bound(start);
    if (it == blocks_.begin()) return {};
    --it;
    const auto& block = it->second;
    if (start + size > it->first + block.size || size < block.size / 2) return {};
    auto memory = block.memory.lock();
    blocks_.erase(it);
    return memory;
  }

 private:
  struct Block {
    std::weak_ptr<uint8_t> memory;
    size_t size;
  };
  std::mutex mutex_;
  std::map<const uint8_t*, Block> blocks_;
};

/// Never destroyed: tensors may outlive the end of main.
Shared& shared() {
  static auto* const instance = new Shared;
  return *instance;
}

}  // namespace

SharedMemory shareMemory(size_t size) {
  SharedMemory result(takeMemory(size), [](uint8_t* memory) {
    shared().forget(memory);
    giveMemory(memory);
  });
  shared().know(result, size);
  return result;
}

SharedMemory claimMemory(const uint8_t* start, size_t size) { return shared().claim(start, size); }

}  // namespace torchq
