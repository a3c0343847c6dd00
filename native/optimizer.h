// An optimizer: libtorch's own, with what the k api tells of it.
#pragma once

#include "layer.h"

namespace torchq {

struct Optimizer {
  struct Parameter {
    size_t group;
    std::string module;  ///< type of the module that holds it; empty for a plain tensor
    std::string name;
    at::Tensor tensor;
  };

  std::string type;
  std::vector<std::vector<uint8_t>> definitions;  ///< options of each group as k bytes, opaque here
  std::vector<Parameter> parameters;              ///< in order of groups, then of addition
  std::unique_ptr<torch::optim::Optimizer> optimizer;

  /// Leaves the gradients of all parameters undefined.
  void clearGradients();
  void step();
  /// Tensors that the optimizer itself keeps (momentum and the like); none before the first step.
  Tensors buffers() const;
};

}  // namespace torchq
