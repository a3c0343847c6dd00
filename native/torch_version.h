// Every difference between libtorch versions that we build against lives here (DESIGN, decision 10).
#pragma once

#include <ATen/autocast_mode.h>
#include <ATen/core/Tensor.h>
#include <c10/core/Allocator.h>
#include <c10/core/ScalarType.h>
#include <c10/util/Exception.h>
#include <torch/version.h>

#if TORCH_VERSION_MAJOR < 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR < 3)
#include <c10/util/Optional.h>
#else
#include <optional>
#endif
#if TORCH_VERSION_MAJOR < 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR < 1)
#include <charconv>
#include <cstdint>
#include <iterator>
#include <string>
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

/// Data types that libtorch has not always had: undefined where it has them not.
namespace newer {
#if TORCH_VERSION_MAJOR < 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR < 1)
constexpr auto FLOAT8_E4M3FN = at::ScalarType::Undefined, FLOAT8_E5M2 = at::ScalarType::Undefined;
#else
constexpr auto FLOAT8_E4M3FN = at::kFloat8_e4m3fn, FLOAT8_E5M2 = at::kFloat8_e5m2;
#endif
#if TORCH_VERSION_MAJOR < 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR < 3)
constexpr auto UINT16 = at::ScalarType::Undefined, UINT32 = at::ScalarType::Undefined,
               UINT64 = at::ScalarType::Undefined;
#else
constexpr auto UINT16 = at::kUInt16, UINT32 = at::kUInt32, UINT64 = at::kUInt64;
#endif
}  // namespace newer

/// The key of a parameter's state in an optimizer: the tensor's address, up to 2.0 as the text that libtorch makes of it with
/// a stream, which takes twenty times as long.
inline auto stateKey(const at::Tensor& parameter) {
#if TORCH_VERSION_MAJOR < 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR < 1)
  char text[2 + 2 * sizeof(uintptr_t)] = {'0', 'x'};
  const auto address = reinterpret_cast<uintptr_t>(parameter.unsafeGetTensorImpl());
  return std::string(text, std::to_chars(text + 2, std::end(text), address, 16).ptr);
#else
  return static_cast<void*>(parameter.unsafeGetTensorImpl());
#endif
}

/// Whether operators of the calling thread compute in a shorter type on a device of this kind, and in which.
inline void setAutocast(at::DeviceType device, bool enabled, at::ScalarType type) {
#if TORCH_VERSION_MAJOR < 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR < 4)
  if (device == at::kCUDA) {
    at::autocast::set_autocast_gpu_dtype(type);
    at::autocast::set_enabled(enabled);
  } else {
    at::autocast::set_autocast_cpu_dtype(type);
    at::autocast::set_cpu_enabled(enabled);
  }
#else
  at::autocast::set_autocast_dtype(device, type);
  at::autocast::set_autocast_enabled(device, enabled);
#endif
}

/// An allocator of which only `take` is asked; how libtorch asks differs.
class TorchAllocator : public c10::Allocator {
 public:
#if TORCH_VERSION_MAJOR < 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR < 3)
  c10::DataPtr allocate(size_t size) const override { return take(size); }
#else
  c10::DataPtr allocate(size_t size) override { return take(size); }
#endif
#if TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 2
  void copy_data(void* to, const void* from, size_t size) const override {
    default_copy_data(to, from, size);
  }
#endif

 protected:
  virtual c10::DataPtr take(size_t size) const = 0;
};

/// Takes libtorch's warnings on the threads where it is set.
class TorchWarnings : public c10::WarningHandler {
 public:
#if TORCH_VERSION_MAJOR < 2
  void process(const c10::SourceLocation&, const std::string& text, const bool) override { warned(text); }
  void set() { c10::Warning::set_warning_handler(this); }
#else
  void process(const c10::Warning& warning) override { warned(warning.msg()); }
  void set() { c10::WarningUtils::set_warning_handler(this); }
#endif

 protected:
  virtual void warned(const std::string& text) = 0;
};

}  // namespace torchq
