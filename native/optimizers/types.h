// The types of optimizer: a row each.
#pragma once

#include <torch/optim/optimizer.h>

#include <functional>

#include "optimizers/optimizer.h"

namespace torchq {

/// The buffers of one parameter as they were saved.
class SavedBuffers {
 public:
  SavedBuffers(const std::vector<std::string>& names, const Tensors& tensors)
      : names_(names), tensors_(tensors) {}

  at::Tensor get(const std::string& name) const {
    for (size_t i = 0; i < names_.size(); ++i)
      if (names_[i] == name) return tensors_[i];
    return {};
  }
  int64_t step() const {
    const auto step = get("step");
    return step.defined() ? step.item<int64_t>() : 0;
  }

 private:
  const std::vector<std::string>& names_;
  const Tensors& tensors_;
};

struct OptimizerType {
  const char* name;  ///< the k api's
  std::function<std::unique_ptr<torch::optim::OptimizerOptions>(const Options&)> options;
  std::function<std::unique_ptr<torch::optim::Optimizer>(const Tensors&, const Options&)> make;
  /// One parameter's state.
  std::function<Optimizer::Buffers(torch::optim::OptimizerParamState&)> buffers;
  /// A state of these buffers; those that are missing are undefined.
  std::function<std::unique_ptr<torch::optim::OptimizerParamState>(const SavedBuffers&)> restore;
};

const OptimizerType& optimizerType(const std::string& name);

}  // namespace torchq
