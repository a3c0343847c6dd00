// The types of optimizer: a row each.
#pragma once

#include <torch/optim/optimizer.h>

#include <deque>
#include <functional>
#include <variant>

#include "optimizers/optimizer.h"
#include "torch_version.h"

namespace torchq {

/// Something that an optimizer keeps for a parameter, within libtorch's state. Said once, it serves state, restore and sizes.
struct Kept {
  using Value =
      std::variant<int64_t*, double*, at::Tensor*, std::deque<at::Tensor>*, TorchOptional<Tensors>*>;

  const char* name;
  Value value;
  bool needed = false;  ///< a tensor without which there is no step with the group's options
  bool single = false;  ///< its tensors hold one number each, not as many as the parameter has
};

using ParamState = torch::optim::OptimizerParamState;
using ParamOptions = torch::optim::OptimizerOptions;

struct Joined {
  /// An optimizer of other parameters with the same options.
  std::unique_ptr<torch::optim::Optimizer> (*of)(const Tensors&, const ParamOptions&);
  /// Makes a state one that a step with the options can go on from.
  void (*fit)(ParamState&, const ParamOptions&);
};

struct OptimizerType {
  const char* name;  ///< the k api's
  std::function<std::unique_ptr<torch::optim::Optimizer>(const Tensors&, const Options&)> make;
  std::function<std::unique_ptr<ParamState>()> emptyState;
  /// What the state of one parameter keeps.
  std::vector<Kept> (*kept)(ParamState&, const ParamOptions&);
  /// What a sparse gradient needs beside it, as libtorch has it: no weight decay, or nothing helps.
  bool (*takesSparse)(const ParamOptions&);
  /// The state before the first step, where libtorch does not make it when it is missing; else null.
  std::unique_ptr<ParamState> (*begin)(const at::Tensor& parameter, const ParamOptions&) = nullptr;
  /// Whether a state without a tensor that is needed is as good as none; else zeros stand for the tensor.
  bool startsOver = false;
  /// For a type whose step calculates gradients again and again, and whose one state, kept with the first parameter, is
  /// of all parameters joined; it has one group. Null for other types.
  const Joined* joined = nullptr;
};

const OptimizerType& optimizerType(const std::string& name);

}  // namespace torchq
