// What several threads use at once, from as many as can be: memory that one takes and another gives back, bytes that
// become tensors while their first holder lets them go, parcels that are written while they are read. Meant to be built
// with ThreadSanitizer:
//
//     TORCHQ_SANITIZE=thread npm run build:native
//     cmake --build build/libtorch-VERSION-...-thread --target threads_stress
//     setarch -R build/libtorch-VERSION-...-thread/threads_stress SECONDS [THREADS]
//
// Prints what it did; what is wrong ends it, a race at its end.
#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/ones.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <random>
#include <thread>
#include <variant>

#include "errors.h"
#include "memory/allocator.h"
#include "memory/shared.h"
#include "memory/tensors.h"
#include "wire/ktypes.h"
#include "wire/parcel.h"

namespace {

using namespace torchq;

using Clock = std::chrono::steady_clock;
using Random = std::mt19937_64;

constexpr size_t LARGEST = size_t{24} << 20;
constexpr size_t LIMIT = size_t{1} << 30;

[[noreturn]] void wrong(const char* what) {
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

/// Sizes of all magnitudes.
size_t anySize(Random& random) { return 1 + random() % (size_t{1} << (random() % 25)) % LARGEST; }

/// What goes from thread to thread. Each block begins and ends with the same byte.
using Block = std::variant<std::monostate, Memory, SharedMemory, at::Tensor>;

void mark(uint8_t* memory, size_t size, uint8_t byte) { memory[0] = memory[size - 1] = byte; }

/// Places where threads leave what they have made and take what others have.
class Exchange {
 public:
  void swap(size_t place, Block& block) {
    const std::lock_guard<std::mutex> lock(mutex_);
    blocks_[place % blocks_.size()].swap(block);
  }

 private:
  std::mutex mutex_;
  std::array<Block, 24> blocks_;
};

struct Counts {
  std::atomic<size_t> blocks{0}, refused{0}, tensors{0}, parcels{0};
};

/// Shared memory that becomes a tensor's, and that its first holder lets go while the tensor is used.
void becomeTensor(Random& random, Counts& counts) {
  const auto size = (size_t{1} << 20) + random() % LARGEST;
  auto memory = shareMemory(size);
  auto* const bytes = memory.get();
  mark(bytes, size, 7);
  auto claimed = claimMemory(bytes, size);
  if (!claimed || claimMemory(bytes, size)) wrong("memory is for one tensor");
  std::thread holder([held = std::move(memory)]() mutable { held.reset(); });
  {
    const auto t = tensorOver(bytes, static_cast<int64_t>(size), at::kByte, std::move(claimed));
    const auto* items = static_cast<const uint8_t*>(t.data_ptr());
    if (items[0] != 7 || items[size - 1] != 7) wrong("a tensor over shared memory has other bytes");
  }
  holder.join();
  ++counts.tensors;
}

/// Written by one thread, read by another as far as it is written.
void sendParcel(Counts& counts) {
  constexpr int64_t ROWS = 600, COLUMNS = 500;
  const auto parcel = std::make_shared<Parcel>(at::ones({ROWS, COLUMNS}, at::kByte), true);
  parcel->open();
  std::atomic<int64_t> written{0};
  std::thread writer([parcel, memory = parcel->memory, &written] {
    for (int64_t row = 0; row < ROWS; row += 100) {
      parcel->fill(memory.get(), row, row + 100);
      written.store(row + 100, std::memory_order_release);
    }
  });
  const auto memory = parcel->memory;
  int64_t sum = 0;
  for (int64_t row = 0; row < ROWS; ++row) {
    while (written.load(std::memory_order_acquire) <= row) std::this_thread::yield();
    const auto* end = memory.get() + HEAD + (row + 1) * parcel->memberSize;
    for (const auto* item = end - COLUMNS; item < end; ++item) sum += *item;
  }
  parcel->memory.reset();
  writer.join();
  if (sum != ROWS * COLUMNS) wrong("a parcel has other bytes");
  ++counts.parcels;
}

void takeAndGive(Random& random, Exchange& exchange, Counts& counts) {
  const auto size = anySize(random);
  Block block;
  switch (random() % 4) {
    case 0:
      block = makeMemory(size);
      mark(std::get<Memory>(block).get(), size, 1);
      break;
    case 1:
      block = shareMemory(size);
      mark(std::get<SharedMemory>(block).get(), size, 1);
      break;
    default:
      block = at::empty({static_cast<int64_t>(size)}, at::kByte);
      mark(static_cast<uint8_t*>(std::get<at::Tensor>(block).data_ptr()), size, 1);
  }
  exchange.swap(random(), block);
  ++counts.blocks;
}

/// A limit that comes and goes, and those who ask what is in use.
void limit(Random& random) {
  limitMemory(LIMIT / (1 + random() % 16));
  const auto use = memoryUse();
  if (use.used > use.most) wrong("more memory is in use than ever was");
  if (random() % 64 == 0) trimMemory();
}

void work(uint64_t seed, Clock::time_point end, Exchange& exchange, Counts& counts) {
  Random random(seed);
  while (Clock::now() < end) {
    try {
      const auto kind = random() % 64;
      if (kind == 0)
        becomeTensor(random, counts);
      else if (kind == 1)
        sendParcel(counts);
      else if (kind < 8)
        limit(random);
      else
        takeAndGive(random, exchange, counts);
    } catch (const MemoryFull&) {
      ++counts.refused;
    }
  }
}

int run(double seconds, size_t count) {
  at::set_num_threads(1);
  installAllocator();
  Exchange exchange;
  Counts counts;
  const auto end =
      Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  std::vector<std::thread> threads;
  for (size_t i = 0; i < count; ++i) threads.emplace_back([&, i] { work(i + 1, end, exchange, counts); });
  for (auto& thread : threads) thread.join();
  limitMemory(UNLIMITED);
  // What waits for its next use is given back by itself.
  for (int i = 0; memoryUse().waiting > 0; ++i) {
    if (i > 100) wrong("what waits is not given back");
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  std::printf("%zu blocks, %zu tensors over shared memory, %zu parcels; %zu refused\n", counts.blocks.load(),
              counts.tensors.load(), counts.parcels.load(), counts.refused.load());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: threads_stress SECONDS [THREADS]\n");
    return 2;
  }
  try {
    return run(std::atof(argv[1]), argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 6);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
