// Every difference between libtorch versions that we build against lives here (DESIGN, decision 8).
#pragma once

#include "pch.h"

namespace torchq {

constexpr bool torchBefore(int major, int minor) {
  return TORCH_VERSION_MAJOR < major || (TORCH_VERSION_MAJOR == major && TORCH_VERSION_MINOR < minor);
}

/// libtorch's own optional: std::optional from 2.3 on.
#if TORCH_VERSION_MAJOR < 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR < 3)
template <class T>
using TorchOptional = c10::optional<T>;
#else
template <class T>
using TorchOptional = std::optional<T>;
#endif

}  // namespace torchq
