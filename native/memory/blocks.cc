#include "memory/blocks.h"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <iterator>
#include <mutex>
#include <system_error>
#include <thread>
#include <unordered_map>
#include <vector>

#include "memory/claim.h"
#include "memory/hidden.h"

namespace torchq {

namespace {

using Clock = std::chrono::steady_clock;

/// What may wait for its next use, in all, and for how long.
constexpr size_t MOST_WAITING = size_t{512} << 20;
constexpr auto LONGEST_WAIT = std::chrono::seconds(3);
constexpr auto LOOK = std::chrono::seconds(1);
/// Bytes that malloc may give before it is looked what the process has taken in all.
constexpr size_t UNSEEN = size_t{16} << 20;

size_t roundUp(size_t size, size_t unit) { return (size + unit - 1) / unit * unit; }

/// Sizes of large memory: whole large pages, eight sizes from one power of two to the next, so that what nearly fits is
/// used again.
size_t capacityOf(size_t size) {
  size_t unit = LARGE_PAGE;
  while (unit * 16 <= size) unit *= 2;
  return roundUp(size, unit);
}

/// More than the machine has cannot be had, whatever the system promises: it would end the process when it is written to.
size_t physicalMemory() {
  const auto pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
  return pages > 0 && size > 0 ? static_cast<size_t>(pages) * static_cast<size_t>(size) : UNLIMITED;
}

/// What the process has of the machine's memory; 0 where the system does not say.
size_t residentMemory() {
  size_t all = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> all >> resident;
  return resident * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

/// Counts what is in use, against the limit.
class Account {
 public:
  /// False where it does not fit.
  bool claim(size_t bytes) {
    const auto now = used_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
    if (now > limit_.load(std::memory_order_relaxed)) {
      release(bytes);
      return false;
    }
    auto most = most_.load(std::memory_order_relaxed);
    while (now > most && !most_.compare_exchange_weak(most, now, std::memory_order_relaxed)) {
    }
    return true;
  }
  void release(size_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }
  void limit(size_t bytes) {
    limit_ = std::min(bytes, physicalMemory());
    ceiling_ = bytes < UNLIMITED - residentMemory() ? residentMemory() + bytes : UNLIMITED;
  }
  /// Whether the process may take so many more bytes. Counts do not see what malloc holds free, nor V8's memory, which
  /// are within the limit too.
  bool hasRoom(size_t bytes) const {
    const size_t ceiling = ceiling_;
    return ceiling == UNLIMITED || residentMemory() + bytes <= ceiling;
  }
  /// Counts what malloc gave; true where it is time to ask whether there is room.
  bool isDue(size_t bytes) {
    if (ceiling_ == UNLIMITED || (unseen_ += bytes) < UNSEEN) return false;
    unseen_ = 0;
    return true;
  }
  /// What may wait beside what is in use, by the limit.
  size_t room() const {
    const auto limit = limit_.load(), used = used_.load();
    return limit > used ? limit - used : 0;
  }
  [[noreturn]] void refuse() {
    ++refused_;
    throw MemoryFull();
  }
  void read(MemoryUse& use) const {
    use.used = used_;
    use.most = most_;
    use.refused = refused_;
  }

 private:
  std::atomic<size_t> used_{0}, most_{0}, refused_{0}, limit_{physicalMemory()};
  std::atomic<size_t> ceiling_{UNLIMITED}, unseen_{0};
};

/// Large memory: what is in use, by address, and what was given back, latest last.
class Pool {
 public:
  /// Memory that waits; null where there is none of that capacity.
  uint8_t* reuse(size_t capacity) {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (auto it = waiting_.rbegin(); it != waiting_.rend(); ++it) {
      if (it->capacity != capacity) continue;
      auto* const memory = it->memory;
      waitingBytes_ -= capacity;
      waiting_.erase(std::next(it).base());
      taken_.emplace(memory, capacity);
      return memory;
    }
    return nullptr;
  }

  /// Memory from the system; null where there is none.
  uint8_t* map(size_t capacity) {
    auto* const memory = mapPages(capacity);
    if (!memory) return nullptr;
    const std::lock_guard<std::mutex> lock(mutex_);
    taken_.emplace(memory, capacity);
    return memory;
  }

  /// The capacity of large memory, whose use has ended; 0 for memory that is not from here.
  size_t give(uint8_t* memory) {
    std::unique_lock<std::mutex> lock(mutex_);
    const auto it = taken_.find(memory);
    if (it == taken_.end()) return 0;
    const auto capacity = it->second;
    taken_.erase(it);
    hide(memory, capacity);
    waiting_.push_back({memory, capacity, Clock::now()});
    waitingBytes_ += capacity;
    if (!keeping_) startKeeping(lock);
    if (waitingBytes_ > MOST_WAITING) given_.notify_one();
    return capacity;
  }

  size_t waiting() const { return waitingBytes_; }

  /// Returns memory to the system until at most `most` bytes wait.
  void shrink(size_t most) {
    std::unique_lock<std::mutex> lock(mutex_);
    unmap(lock, [&] { return waitingBytes_ > most; });
  }

 private:
  struct Block {
    uint8_t* memory;
    size_t capacity;
    Clock::time_point since;
  };

  /// What waits longest, as long as it is due. The system takes its time, so nobody waits for that.
  template <class Due>
  void unmap(std::unique_lock<std::mutex>& lock, Due due) {
    std::vector<Block> old;
    while (!waiting_.empty() && due()) {
      waitingBytes_ -= waiting_.front().capacity;
      old.push_back(waiting_.front());
      waiting_.pop_front();
    }
    lock.unlock();
    for (const auto& block : old) {
      unhide(block.memory, block.capacity);
      unmapPages(block.memory, block.capacity);
    }
    lock.lock();
  }

  /// Where the system has no thread to give, nothing waits.
  void startKeeping(std::unique_lock<std::mutex>& lock) {
    try {
      std::thread([this] { keep(); }).detach();
      keeping_ = true;
    } catch (const std::system_error&) {
      unmap(lock, [] { return true; });
    }
  }

  /// A thread's work: returns to the system what is too much or has waited long enough.
  void keep() {
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      given_.wait_for(lock, LOOK, [this] { return waitingBytes_ > MOST_WAITING; });
      const auto before = Clock::now() - LONGEST_WAIT;
      unmap(lock, [&] { return waitingBytes_ > MOST_WAITING || waiting_.front().since < before; });
    }
  }

  std::mutex mutex_;
  std::condition_variable given_;
  std::unordered_map<uint8_t*, size_t> taken_;
  std::deque<Block> waiting_;
  std::atomic<size_t> waitingBytes_{0};
  bool keeping_ = false;
};

// Neither is ever destroyed: tensors may outlive the end of main.
Account& account() {
  static auto* const instance = new Account;
  return *instance;
}
Pool& pool() {
  static auto* const instance = new Pool;
  return *instance;
}

/// What waits and what malloc holds free goes back to the system.
void giveBack() {
  pool().shrink(0);
  trimMemory();
}

/// What waits counts too, but gives way to what is in use.
void giveWay() {
  if (const auto room = account().room(); pool().waiting() > room) pool().shrink(room);
}

uint8_t* takeLarge(size_t size) {
  if (size > UNLIMITED / 2) account().refuse();
  const auto capacity = capacityOf(size);
  if (!account().claim(capacity)) account().refuse();
  const auto map = [&] { return account().hasRoom(capacity) ? pool().map(capacity) : nullptr; };
  auto* memory = pool().reuse(capacity);
  if (!memory) memory = map();
  if (!memory) {
    giveBack();
    memory = map();
  }
  if (!memory) {
    account().release(capacity);
    account().refuse();
  }
  unhide(memory, size);
  hide(memory + size, capacity - size);
  giveWay();
  return memory;
}

}  // namespace

uint8_t* takeMemory(size_t size) {
  if (size >= LARGE) return takeLarge(size);
  auto* memory =
      static_cast<uint8_t*>(std::aligned_alloc(ALIGNMENT, roundUp(std::max<size_t>(size, 1), ALIGNMENT)));
  if (!memory) account().refuse();
  const auto usable = malloc_usable_size(memory);
  if (!account().claim(usable)) {
    std::free(memory);
    account().refuse();
  }
  if (account().isDue(usable) && !account().hasRoom(0)) giveBack();
  giveWay();
  return memory;
}

void giveMemory(uint8_t* memory) noexcept {
  if (!memory) return;
  // Large memory begins with a large page; malloc's may do so by chance.
  if (reinterpret_cast<uintptr_t>(memory) % LARGE_PAGE == 0) {
    if (const auto capacity = pool().give(memory)) {
      account().release(capacity);
      return;
    }
  }
  account().release(malloc_usable_size(memory));
  std::free(memory);
}

Claim::Claim(size_t bytes) : bytes_(bytes) {
  if (bytes > UNLIMITED / 2 || !account().claim(bytes)) account().refuse();
}
Claim::~Claim() { account().release(bytes_); }

void trimMemory() noexcept {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

void limitMemory(size_t bytes) noexcept { account().limit(bytes); }

MemoryUse memoryUse() noexcept {
  MemoryUse use;
  account().read(use);
  use.waiting = pool().waiting();
  return use;
}

}  // namespace torchq
