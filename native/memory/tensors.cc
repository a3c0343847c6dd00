#include "memory/tensors.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

namespace torchq {

at::Tensor tensorOver(uint8_t* items, int64_t count, at::ScalarType type, SharedMemory holder) {
  const auto forget = [](void* owner) { delete static_cast<SharedMemory*>(owner); };
  const size_t bytes = c10::elementSize(type) * static_cast<size_t>(count);
  c10::DataPtr data(items, new SharedMemory(std::move(holder)), forget, at::kCPU);
  // Resizable, as libtorch's own storages are.
  c10::Storage storage(c10::Storage::use_byte_size_t(), bytes, std::move(data), c10::GetAllocator(at::kCPU),
                       true);
  return at::empty({0}, at::TensorOptions(type)).set_(storage, 0, {count});
}

}  // namespace torchq
