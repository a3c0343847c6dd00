#include "memory/tensors.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include "memory/blocks.h"

namespace torchq {

namespace {

/// A tensor whose storage is `data`.
at::Tensor overMemory(c10::DataPtr data, size_t bytes, at::IntArrayRef sizes, at::ScalarType type) {
  // Resizable, as libtorch's own storages are: a larger one comes from its own allocator.
  c10::Storage storage(c10::Storage::use_byte_size_t(), bytes, std::move(data), c10::GetAllocator(at::kCPU),
                       true);
  auto result = at::empty({0}, at::TensorOptions(type));
  return result.set_(storage, 0, sizes);
}

}  // namespace

at::Tensor makeTensor(at::IntArrayRef sizes, at::ScalarType type) {
  size_t bytes = c10::elementSize(type);
  for (const auto size : sizes) bytes *= static_cast<size_t>(size);
  if (bytes < LARGE) return at::empty(sizes, at::TensorOptions(type));
  auto memory = std::make_unique<Memory>(makeMemory(bytes));
  auto* start = memory->get();
  const auto forget = [](void* owner) { delete static_cast<Memory*>(owner); };
  return overMemory({start, memory.release(), forget, at::kCPU}, bytes, sizes, type);
}

at::Tensor tensorOver(uint8_t* items, int64_t count, at::ScalarType type, SharedMemory holder) {
  const auto forget = [](void* owner) { delete static_cast<SharedMemory*>(owner); };
  const size_t bytes = c10::elementSize(type) * static_cast<size_t>(count);
  return overMemory({items, new SharedMemory(std::move(holder)), forget, at::kCPU}, bytes, {count}, type);
}

}  // namespace torchq
