// Memory straight from the system, in large pages where that is cheap.
#pragma once

#include <cstddef>
#include <cstdint>

namespace torchq {

/// The size that large pages have where there are such.
constexpr size_t LARGE_PAGE = size_t{2} << 20;

/// Fresh memory that begins where a large page may; null where the system has none.
uint8_t* mapPages(size_t size);
void unmapPages(uint8_t* memory, size_t size) noexcept;

}  // namespace torchq
