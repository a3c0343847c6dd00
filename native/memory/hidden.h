// Memory that is mapped but nobody's at the moment, hidden from AddressSanitizer in a build with it (TORCHQ_SANITIZE), so
// that who touches it is seen, as with malloc's.
#pragma once

#include <cstddef>
#include <cstdint>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

namespace torchq {

#ifdef __SANITIZE_ADDRESS__
inline void hide(const uint8_t* memory, size_t size) noexcept { __asan_poison_memory_region(memory, size); }
inline void unhide(const uint8_t* memory, size_t size) noexcept {
  __asan_unpoison_memory_region(memory, size);
}
#else
inline void hide(const uint8_t*, size_t) noexcept {}
inline void unhide(const uint8_t*, size_t) noexcept {}
#endif

}  // namespace torchq
