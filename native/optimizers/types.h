// The types of optimizer: a row each.
#pragma once

#include <torch/optim/optimizer.h>

#include <functional>

#include "optimizers/optimizer.h"

namespace torchq {

/// A tensor that an optimizer keeps for a parameter, within libtorch's state.
struct Kept {
  const char* name;
  at::Tensor& tensor;
  bool needed;  ///< by a step with the group's options
};

using ParamState = torch::optim::OptimizerParamState;
using ParamOptions = torch::optim::OptimizerOptions;

struct OptimizerType {
  const char* name;  ///< the k api's
  std::function<std::unique_ptr<torch::optim::Optimizer>(const Tensors&, const Options&)> make;
  std::function<std::unique_ptr<ParamState>()> emptyState;
  /// What the state of one parameter keeps.
  std::vector<Kept> (*kept)(ParamState&, const ParamOptions&);
  /// The number of steps in a state; null where none is counted.
  int64_t* (*steps)(ParamState&);
  /// What a sparse gradient needs beside it, as libtorch has it: no weight decay, or nothing helps.
  bool (*takesSparse)(const ParamOptions&);
  /// The state before the first step, where libtorch does not make it when it is missing; else null.
  std::unique_ptr<ParamState> (*begin)(const at::Tensor& parameter, const ParamOptions&);
  /// Whether a state without a tensor that is needed is as good as none; else zeros stand for the tensor.
  bool startsOver = false;
};

const OptimizerType& optimizerType(const std::string& name);

}  // namespace torchq
