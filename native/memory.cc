#include "memory.h"

#include <sys/mman.h>

#include <chrono>
#include <map>

namespace torchq {

namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t LARGE_PAGE = size_t{2} << 20;
/// Smaller memory is malloc's affair.
constexpr size_t LARGE = 2 * LARGE_PAGE;
/// What may wait for its next use, in all, and for how long.
constexpr size_t MOST_WAITING = size_t{512} << 20;
constexpr auto LONGEST_WAIT = std::chrono::seconds(3);

size_t roundUp(size_t size, size_t unit) { return (size + unit - 1) / unit * unit; }

/// Large memory is sized in whole large pages.
size_t capacityOf(size_t size) { return roundUp(size, LARGE_PAGE); }

uint8_t* allocate(size_t size, size_t alignment) {
  auto* memory = static_cast<uint8_t*>(std::aligned_alloc(alignment, roundUp(size ? size : 1, alignment)));
  if (!memory) throw std::bad_alloc();
  return memory;
}

uint8_t* allocateLarge(size_t capacity) {
  auto* memory = allocate(capacity, LARGE_PAGE);
#ifdef MADV_HUGEPAGE
  madvise(memory, capacity, MADV_HUGEPAGE);  // advice: where it is not taken nothing is lost
#endif
  return memory;
}

/// Memory that was given back, latest last.
class Waiting {
 public:
  /// The latest of that size; null when there is none.
  uint8_t* take(size_t capacity) {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (auto it = blocks_.rbegin(); it != blocks_.rend(); ++it) {
      if (it->capacity != capacity) continue;
      auto* memory = it->memory;
      bytes_ -= capacity;
      blocks_.erase(std::next(it).base());
      return memory;
    }
    return nullptr;
  }

  /// False when there is no room for it.
  bool give(uint8_t* memory, size_t capacity) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (capacity > MOST_WAITING) return false;
    while (bytes_ + capacity > MOST_WAITING) dropFirst();
    blocks_.push_back({memory, capacity, Clock::now()});
    bytes_ += capacity;
    return true;
  }

  void trim() {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto before = Clock::now() - LONGEST_WAIT;
    while (!blocks_.empty() && blocks_.front().since < before) dropFirst();
  }

 private:
  struct Block {
    uint8_t* memory;
    size_t capacity;
    Clock::time_point since;
  };

  void dropFirst() {
    bytes_ -= blocks_.front().capacity;
    std::free(blocks_.front().memory);
    blocks_.pop_front();
  }

  std::mutex mutex_;
  std::deque<Block> blocks_;
  size_t bytes_ = 0;
};

/// Never destroyed, like `shared`: tensors may outlive the end of main.
Waiting& waiting() {
  static auto* const instance = new Waiting;
  return *instance;
}

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

Shared& shared() {
  static auto* const instance = new Shared;
  return *instance;
}

/// A tensor whose storage is `data`.
at::Tensor overMemory(c10::DataPtr data, size_t bytes, at::IntArrayRef sizes, at::ScalarType type) {
  // Resizable, as libtorch's own storages are: a larger one comes from its own allocator.
  c10::Storage storage(c10::Storage::use_byte_size_t(), bytes, std::move(data), c10::GetAllocator(at::kCPU),
                       true);
  auto result = at::empty({0}, at::TensorOptions(type));
  return result.set_(storage, 0, sizes);
}

}  // namespace

uint8_t* takeMemory(size_t size) {
  if (size < LARGE) return allocate(size, ALIGNMENT);
  const size_t capacity = capacityOf(size);
  auto* memory = waiting().take(capacity);
  return memory ? memory : allocateLarge(capacity);
}

void giveMemory(uint8_t* memory, size_t size) noexcept {
  if (size < LARGE || !waiting().give(memory, capacityOf(size))) std::free(memory);
}

void trimMemory() noexcept { waiting().trim(); }

at::Tensor makeTensor(at::IntArrayRef sizes, at::ScalarType type) {
  size_t bytes = c10::elementSize(type);
  for (const auto size : sizes) bytes *= static_cast<size_t>(size);
  if (bytes < LARGE) return at::empty(sizes, at::TensorOptions(type));
  auto memory = std::make_unique<Memory>(makeMemory(bytes));
  auto* start = memory->get();
  const auto forget = [](void* owner) { delete static_cast<Memory*>(owner); };
  return overMemory({start, memory.release(), forget, at::kCPU}, bytes, sizes, type);
}

SharedMemory shareMemory(size_t size) {
  SharedMemory result(takeMemory(size), [size](uint8_t* memory) {
    shared().forget(memory);
    giveMemory(memory, size);
  });
  shared().know(result, size);
  return result;
}

SharedMemory claimMemory(const uint8_t* start, size_t size) { return shared().claim(start, size); }

at::Tensor tensorOver(uint8_t* items, int64_t count, at::ScalarType type, SharedMemory holder) {
  const auto forget = [](void* owner) { delete static_cast<SharedMemory*>(owner); };
  const size_t bytes = c10::elementSize(type) * static_cast<size_t>(count);
  return overMemory({items, new SharedMemory(std::move(holder)), forget, at::kCPU}, bytes, {count}, type);
}

}  // namespace torchq
