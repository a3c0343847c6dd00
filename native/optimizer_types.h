// The types of optimizer: a row each.
#pragma once

#include "optimizer.h"

namespace torchq {

struct OptimizerType {
  const char* name;  ///< the k api's
  std::function<std::unique_ptr<torch::optim::OptimizerOptions>(const Options&)> options;
  std::function<std::unique_ptr<torch::optim::Optimizer>(const Tensors&, const Options&)> make;
  /// One parameter's state.
  std::function<Optimizer::Buffers(torch::optim::OptimizerParamState&)> buffers;
};

const OptimizerType& optimizerType(const std::string& name);

}  // namespace torchq
