// Verbs on libtorch as a whole.
#include <ATen/Context.h>
#include <c10/core/DefaultDtype.h>
#include <torch/cuda.h>

#include "door/verb.h"
#include "values/names.h"
#include "verbs/verbs.h"

namespace torchq {

namespace {

int64_t cudaDevices() { return static_cast<int64_t>(torch::cuda::device_count()); }

/// The type of floating point tensors that name none, modules' parameters among them.
void setDefaultDtype(const std::string& dtype) {
  c10::set_default_dtype(c10::scalarTypeToTypeMeta(dtypeOf(dtype)));
}

int64_t seed(const std::optional<int64_t>& value) {
  const auto chosen = value ? *value : static_cast<int64_t>(c10::detail::getNonDeterministicRandom());
  at::manual_seed(static_cast<uint64_t>(chosen));
  return chosen;
}

/// The seed that the CPU's generator began with.
int64_t currentSeed() {
  return static_cast<int64_t>(at::globalContext().defaultGenerator(at::kCPU).current_seed());
}

}  // namespace

void libraryVerbs(Verbs& verbs) {
  verbs.cheap<cudaDevices>("cudaDevices");
  verbs.cheap<setDefaultDtype>("setDefaultDtype");
  verbs.cheap<seed>("seed");
  verbs.cheap<currentSeed>("currentSeed");
}

}  // namespace torchq
