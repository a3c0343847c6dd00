#include "pages.h"

#include <sys/mman.h>

namespace torchq {

namespace {

constexpr size_t LARGE_PAGE = size_t{2} << 20;
/// Smaller memory holds one large page at most, and is soon written to anyhow.
constexpr size_t WORTHWHILE = 2 * LARGE_PAGE;

}  // namespace

void wantLargePages(void* data, size_t size) {
#ifdef MADV_HUGEPAGE
  if (size < WORTHWHILE) return;
  const auto start = (reinterpret_cast<uintptr_t>(data) + LARGE_PAGE - 1) & ~(LARGE_PAGE - 1);
  const auto end = (reinterpret_cast<uintptr_t>(data) + size) & ~(LARGE_PAGE - 1);
  // Advice: where it is not taken nothing is lost.
  if (start < end) madvise(reinterpret_cast<void*>(start), end - start, MADV_HUGEPAGE);
#else
  (void)data;
  (void)size;
#endif
}

}  // namespace torchq
