#include "memory/blocks.h"

#include <sys/mman.h>

#include <chrono>
#include <cstdlib>
#include <deque>
#include <iterator>
#include <mutex>
#include <new>

namespace torchq {

namespace {

using Clock = std::chrono::steady_clock;

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

/// Never destroyed: tensors may outlive the end of main.
Waiting& waiting() {
  static auto* const instance = new Waiting;
  return *instance;
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

}  // namespace torchq
