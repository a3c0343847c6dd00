// Named tensors: a module's parameters and buffers.
#pragma once

#include <torch/ordered_dict.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "values/options.h"

// Named here only, as libtorch's header of modules takes seconds to read.
namespace torch::nn {
class Module;
}

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
/// The module at the path below the root; the root for an empty path.
std::shared_ptr<torch::nn::Module> moduleAt(const std::shared_ptr<torch::nn::Module>& root,
                                            const std::string& path);
/// Registers a new parameter or buffer.
/// @param grad whether the parameter has gradients
void addTensor(torch::nn::Module& module, What what, const std::string& name, const at::Tensor& tensor,
               bool grad);
/// A module's parameters; those of the last modules asked for are known.
Members parametersOf(const std::shared_ptr<torch::nn::Module>& module);
/// To be called where a module gets a parameter or a child: what is known of all modules' parameters is forgotten.
void structureChanged();

}  // namespace torchq
