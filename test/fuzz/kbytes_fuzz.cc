// Changed messages against the native reader of k bytes and against compression, meant to be built with the sanitizers:
//
//     npm run fuzz -- --corpus build/corpus
//     TORCHQ_SANITIZE=address,undefined npm run build:native
//     cmake --build build/libtorch-VERSION-...-address-undefined --target kbytes_fuzz
//     build/libtorch-VERSION-...-address-undefined/kbytes_fuzz build/corpus SECONDS [SEED]
//
// Prints what it did; a sanitizer ends it otherwise.
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <random>

#include "errors.h"
#include "memory/shared.h"
#include "wire/compress.h"
#include "wire/read.h"
#include "wire/write.h"

namespace {

using namespace torchq;
using Message = std::vector<uint8_t>;

constexpr size_t HEADER = 8;
constexpr size_t LARGEST = size_t{1} << 22;

std::vector<Message> readCorpus(const char* path) {
  std::ifstream file(path, std::ios::binary);
  const Message all{std::istreambuf_iterator<char>(file), {}};
  std::vector<Message> result;
  for (size_t at = 0; at + 4 <= all.size();) {
    uint32_t size;
    std::memcpy(&size, all.data() + at, 4);
    at += 4;
    if (size > all.size() - at) fail("the corpus ends early");
    result.emplace_back(all.begin() + static_cast<long>(at), all.begin() + static_cast<long>(at + size));
    at += size;
  }
  if (result.empty()) fail("no corpus in ", path);
  return result;
}

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}
  size_t below(size_t n) { return n == 0 ? 0 : engine_() % n; }
  uint8_t byte() { return static_cast<uint8_t>(engine_()); }

 private:
  std::mt19937_64 engine_;
};

/// The changes of test/fuzz/mutate.ts.
Message mutate(Random& random, const std::vector<Message>& corpus) {
  static constexpr uint32_t COUNTS[] = {
      0, 1, 2, 3, 7, 255, 256, 0x0000ffff, 0x00010000, 0x01000000, 0x7fffffff, 0x80000000, 0xffffffff};
  static constexpr uint8_t TYPES[] = {0,  1,  4,  5,  6,   7,    8,    9,    10,
                                      11, 19, 98, 99, 101, 0xff, 0xf9, 0xf7, 0x80};
  auto m = corpus[random.below(corpus.size())];
  for (size_t changes = random.below(5); changes > 0 && !m.empty(); --changes) {
    const size_t at = random.below(m.size());
    const size_t length = std::min(m.size() - at, 1 + random.below(16));
    const auto from = m.begin() + static_cast<long>(at);
    switch (random.below(8)) {
      case 0:
        m[at] ^= static_cast<uint8_t>(1u << random.below(8));
        break;
      case 1:
        m[at] = random.byte();
        break;
      case 2:
        m[at] = TYPES[random.below(std::size(TYPES))];
        break;
      case 3:
        if (m.size() - at >= 4) std::memcpy(&m[at], &COUNTS[random.below(std::size(COUNTS))], 4);
        break;
      case 4:
        m.resize(at);
        break;
      case 5:
        m.erase(from, from + static_cast<long>(length));
        break;
      case 6: {
        const Message again(from, from + static_cast<long>(length));
        m.insert(from, again.begin(), again.end());
        break;
      }
      default: {
        const auto& other = corpus[random.below(corpus.size())];
        const size_t begin = random.below(other.size());
        m.insert(from, other.begin() + static_cast<long>(begin), other.end());
      }
    }
  }
  return m;
}

/// A copy in memory of its exact size, so that a read beyond it is seen.
class Exact {
 public:
  explicit Exact(const uint8_t* data, size_t size) : bytes_(new uint8_t[size]), size_(size) {
    if (size) std::memcpy(bytes_.get(), data, size);
  }
  KView view() const { return {bytes_.get(), size_}; }

 private:
  std::unique_ptr<uint8_t[]> bytes_;
  size_t size_;
};

struct Counts {
  size_t tensors = 0, kept = 0, refused = 0, inflated = 0, torn = 0, deflated = 0;
};

[[noreturn]] void wrong(const char* what) {
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

/// The same array written in two parts.
void writeInParts(Random& random, const at::Tensor& t, const Bytes& whole) {
  const KWriter writer(t, true);
  const Exact parts(whole.data.get(), whole.size);
  auto* out = const_cast<uint8_t*>(parts.view().data);
  std::memset(out, 0xa5, whole.size);
  const auto cut = static_cast<int64_t>(random.below(static_cast<size_t>(writer.count()) + 1));
  writer.write(out, 0, cut);
  writer.write(out, cut, writer.count());
  if (writer.size() != whole.size || std::memcmp(out, whole.data.get(), whole.size) != 0)
    wrong("an array written in parts is another");
}

/// A changed large vector whose memory a tensor may keep.
void keep(Random& random, Counts& counts) {
  constexpr size_t ITEMS = 150000, BEFORE = 2, SIZE = 6 + 8 * ITEMS;
  auto memory = shareMemory(BEFORE + SIZE);
  auto* vector = memory.get() + BEFORE;
  std::memset(vector, 1, SIZE);
  const uint8_t head[] = {9, 0, 0xf0, 0x49, 2, 0};
  std::memcpy(vector, head, sizeof head);
  for (size_t changes = random.below(3); changes > 0; --changes) vector[random.below(6)] = random.byte();
  try {
    const auto t = tensorOverK({vector, SIZE});
    if (!t.defined()) return;
    memory.reset();
    volatile auto last = static_cast<const uint8_t*>(t.data_ptr())[t.nbytes() - 1];
    static_cast<void>(last);
    ++counts.kept;
  } catch (const std::exception&) {
    ++counts.refused;
  }
}

void readTensor(Random& random, const Message& m, Counts& counts) {
  const Exact object(m.data() + HEADER, m.size() - HEADER);
  try {
    const auto t = tensorFromK(object.view());
    const auto back = tensorToK(t, true);
    const Exact copy(back.data.get(), back.size);
    const auto again = tensorFromK(copy.view());
    // Compared as bytes, since a NaN equals nothing; () comes back as the empty vector that it became.
    if (t.sizes() != again.sizes() || t.scalar_type() != again.scalar_type() ||
        (t.nbytes() && std::memcmp(t.data_ptr(), again.data_ptr(), t.nbytes()) != 0))
      wrong("a tensor does not come back as it was");
    if (t.dim() > 0) writeInParts(random, t, back);
    ++counts.tensors;
  } catch (const std::exception&) {
    ++counts.refused;
  }
}

void inflate(const Message& m, size_t size, Counts& counts) {
  const Exact message(m.data(), m.size());
  try {
    const auto plain = uncompressed(message.view(), size);
    ++counts.inflated;
    const Exact copy(plain.data.get(), plain.size);
    if (const auto packed = compressed(copy.view())) {
      const Exact tokens(packed->data.get(), packed->size);
      const auto again = uncompressed(tokens.view(), plain.size);
      if (std::memcmp(again.data.get() + HEADER, plain.data.get() + HEADER, plain.size - HEADER) != 0)
        wrong("what was compressed does not come back as it was");
      ++counts.deflated;
    }
  } catch (const std::exception&) {
    ++counts.torn;
  }
}

int run(const char* path, double seconds, uint64_t seed) {
  using Clock = std::chrono::steady_clock;
  const auto corpus = readCorpus(path);
  Random random(seed);
  Counts counts;
  const auto end = Clock::now() + std::chrono::duration<double>(seconds);
  while (Clock::now() < end) {
    const auto m = mutate(random, corpus);
    if (m.size() <= HEADER) continue;
    readTensor(random, m, counts);
    if (random.below(64) == 0) keep(random, counts);
    // The announced size where that is one that could be right, else any.
    uint32_t announced = 0;
    if (m.size() >= HEADER + 4) std::memcpy(&announced, m.data() + HEADER, 4);
    inflate(m, announced > HEADER && announced <= LARGEST ? announced : 9 + random.below(10000), counts);
  }
  std::printf(
      "seed %llu: tensors %zu read, %zu over the bytes themselves, %zu refused; messages %zu uncompressed, "
      "%zu refused, %zu compressed "
      "again\n",
      static_cast<unsigned long long>(seed), counts.tensors, counts.kept, counts.refused, counts.inflated,
      counts.torn, counts.deflated);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: kbytes_fuzz CORPUS SECONDS [SEED]\n");
    return 2;
  }
  try {
    return run(argv[1], std::atof(argv[2]), argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 1);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
