// The tensors that an object holds, whatever its class.
#pragma once

#include "layer.h"

namespace torchq {

struct Members {
  std::vector<std::string> names;  ///< empty for a vector or a single tensor
  Tensors tensors;

  /// Position of the name, or nothing.
  std::optional<size_t> find(const std::string& name) const;
};

using NamedTensors = torch::OrderedDict<std::string, at::Tensor>;

enum class What { parameters, buffers };
What whatOf(const std::string& name);

NamedTensors namedTensors(const torch::nn::Module& module, What what);
Members membersOf(const NamedTensors& named);
/// A vector's or dictionary's tensors, the tensor itself, or the parameters (buffers) of a module, loss, model.
Members membersOf(const Object& object, What what = What::parameters);
/// To be called where a module gets a parameter or a child: what is known of all modules' parameters is forgotten.
void structureChanged();
/// The module of a module, loss or model; an error for other objects.
const Layer& layerOf(const Object& object);

}  // namespace torchq
