// Tensors over memory of ours.
#pragma once

#include <ATen/core/Tensor.h>

#include "memory/shared.h"

namespace torchq {

/// A vector whose storage are these items, of which there are `count`; it keeps `holder` alive.
at::Tensor tensorOver(uint8_t* items, int64_t count, at::ScalarType type, SharedMemory holder);

}  // namespace torchq
