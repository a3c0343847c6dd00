// Named tensors: a module's parameters and buffers.
#pragma once

#include <torch/nn/module.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "values/options.h"

namespace torchq {

struct Members {
  std::vector<std::string> names;  ///< empty for a vector or a single tensor
  Tensors tensors;

  /// Position of the name, or nothing.
  std::optional<size_t> find(const std::string& name) const;
};

using NamedTensors = torch::OrderedDict<std::string, at::Tensor>;
Members membersOf(const NamedTensors& named);

enum class What { parameters, buffers };
What whatOf(const std::string& name);

NamedTensors namedTensors(const torch::nn::Module& module, What what);
/// A module's parameters; those of the last modules asked for are known.
Members parametersOf(const std::shared_ptr<torch::nn::Module>& module);
/// To be called where a module gets a parameter or a child: what is known of all modules' parameters is forgotten.
void structureChanged();

}  // namespace torchq
