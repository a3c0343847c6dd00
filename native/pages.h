// Large pages for large memory.
#pragma once

#include "pch.h"

namespace torchq {

/// Asks the system to back fresh memory with large pages (2 MB instead of 4 KB), where it has them. Memory costs at its
/// first touch, page by page; a hundred megabytes written once cost several times as much that way as the writing.
/// Smaller memory, and a system without large pages, are left alone.
void wantLargePages(void* data, size_t size);

}  // namespace torchq
