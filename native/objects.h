// What a handle can stand for.
#pragma once

#include "pch.h"

namespace torchq {

using Tensors = std::vector<at::Tensor>;

/// A vector of tensors.
struct TensorVector {
  Tensors items;
};

/// A dictionary of tensors, in order of insertion. Those made by `parms` share their tensors with the module.
struct TensorDict {
  torch::OrderedDict<std::string, at::Tensor> items;
  std::string what;  ///< "parameters" or "buffers" where it was made from a module
};

struct Layer;      // layer.h
struct Optimizer;  // optimizer.h
struct Model;      // model.h

/// A loss function is a layer with two or more inputs, but a class of its own to the k api.
struct Loss {
  std::shared_ptr<Layer> layer;
};

/// The order of alternatives is the order of `KIND_NAMES`.
using Object = std::variant<at::Tensor, std::shared_ptr<TensorVector>, std::shared_ptr<TensorDict>,
                            std::shared_ptr<Layer>, std::shared_ptr<Loss>, std::shared_ptr<Optimizer>,
                            std::shared_ptr<Model>>;

/// The k api's class names.
constexpr const char* KIND_NAMES[] = {"tensor", "vector",    "dictionary", "module",
                                      "loss",   "optimizer", "model"};
static_assert(std::size(KIND_NAMES) == std::variant_size_v<Object>);

}  // namespace torchq
