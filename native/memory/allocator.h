// Memory of all tensors on the CPU.
#pragma once

namespace torchq {

/// From now on libtorch takes the memory of its tensors on the CPU from blocks.h. Called once, before there is a tensor.
void installAllocator();

}  // namespace torchq
