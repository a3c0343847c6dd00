// What keeps a step that went wrong from changing a model.
#pragma once

#include <ATen/core/Tensor.h>

#include "values/options.h"

// Named here only, as libtorch's header of modules takes seconds to read.
namespace torch::nn {
class Module;
}

namespace torchq {

/// A module's buffers as they are, to be put back: a calculation in training mode changes those of batch normalizations.
class KeptBuffers {
 public:
  explicit KeptBuffers(const torch::nn::Module& module);
  /// Keeps what they are now.
  void keep();
  void putBack();

 private:
  Tensors buffers_, values_;
};

/// Whether there is neither an infinity nor a NaN in it; an undefined tensor has none.
bool allFinite(const at::Tensor& t);

}  // namespace torchq
