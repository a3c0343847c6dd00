#include "memory/pages.h"

#include <sys/mman.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

namespace torchq {

namespace {

/// Kernels of libtorch read some items past the end (cholesky_inverse of complex numbers up to 64 bytes), which is not to
/// be another's memory, or nobody's. Whole pages, whatever their size; nobody writes to them, so that they cost nothing.
constexpr size_t MARGIN = size_t{64} << 10;

/// Bytes that the system has ready in large pages, by /proc/buddyinfo: each line ends with how many free blocks there
/// are of one page, of two, four and so on. Nothing where it does not say.
size_t readyInLargePages() {
  size_t bytes = 0;
  std::ifstream zones("/proc/buddyinfo");
  for (std::string line; std::getline(zones, line);) {
    const auto zone = line.find("zone");
    if (zone == std::string::npos) continue;
    std::istringstream words(line.substr(zone + 4));
    std::string name;
    words >> name;
    auto block = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    for (size_t count; words >> count; block *= 2)
      if (block >= LARGE_PAGE) bytes += count * block;
  }
  return bytes;
}

/// Large pages spare the system nine tenths of its work at first touch where it has them ready. Where it must move other
/// pages first, they cost five times as much as small ones.
void adviseLargePages(uint8_t* memory, size_t size) {
#ifdef MADV_HUGEPAGE
  if (readyInLargePages() / 2 > size) madvise(memory, size, MADV_HUGEPAGE);
#endif
}

}  // namespace

uint8_t* mapPages(size_t size) {
  const size_t whole = size + LARGE_PAGE + MARGIN;
  if (whole < size) return nullptr;
  void* const mapped = mmap(nullptr, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) return nullptr;
  auto* const begin = static_cast<uint8_t*>(mapped);
  const size_t over = reinterpret_cast<uintptr_t>(begin) % LARGE_PAGE;
  const size_t before = over == 0 ? 0 : LARGE_PAGE - over;
  auto* const memory = begin + before;
  if (before > 0) munmap(begin, before);
  munmap(memory + size + MARGIN, LARGE_PAGE - before);
  adviseLargePages(memory, size);
  return memory;
}

void unmapPages(uint8_t* memory, size_t size) noexcept { munmap(memory, size + MARGIN); }

}  // namespace torchq
