// Every difference between libtorch versions that we build against lives here (DESIGN, decision 10).
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/version.h>

#if TORCH_VERSION_MAJOR < 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR < 3)
#include <c10/util/Optional.h>
#else
#include <optional>
#endif
#if TORCH_VERSION_MAJOR < 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR < 1)
#include <c10/util/string_utils.h>
#endif

namespace torchq {

/// libtorch's own optional: std::optional from 2.3 on.
#if TORCH_VERSION_MAJOR < 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR < 3)
template <class T>
using TorchOptional = c10::optional<T>;
#else
template <class T>
using TorchOptional = std::optional<T>;
#endif

/// The key of a parameter's state in an optimizer: a text up to 2.0, the tensor's address after.
inline auto stateKey(const at::Tensor& parameter) {
#if TORCH_VERSION_MAJOR < 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR < 1)
  return c10::guts::to_string(parameter.unsafeGetTensorImpl());
#else
  return static_cast<void*>(parameter.unsafeGetTensorImpl());
#endif
}

}  // namespace torchq
