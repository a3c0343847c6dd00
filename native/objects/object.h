// What a handle can stand for.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/ordered_dict.h>

#include <iterator>
#include <memory>
#include <string>
#include <variant>

#include "values/options.h"

namespace torchq {

/// A vector of tensors.
struct TensorVector {
  Tensors items;
};

/// A dictionary of tensors, in order of insertion. Those made by `parms` share their tensors with the module.
struct TensorDict {
  torch::OrderedDict<std::string, at::Tensor> items;
  std::string what;  ///< "parameters" or "buffers" where it was made from a module
};

struct Layer;      // layers/layer.h
struct Loss;       // losses/loss.h
struct Optimizer;  // optimizers/optimizer.h
struct Model;      // training/model.h
class Learner;     // training/learner.h

/// The order of alternatives is the order of `KIND_NAMES`.
using Object = std::variant<at::Tensor, std::shared_ptr<TensorVector>, std::shared_ptr<TensorDict>,
                            std::shared_ptr<Layer>, std::shared_ptr<Loss>, std::shared_ptr<Optimizer>,
                            std::shared_ptr<Model>, std::shared_ptr<Learner>>;

/// The k api's class names.
constexpr const char* KIND_NAMES[] = {"tensor", "vector",    "dictionary", "module",
                                      "loss",   "optimizer", "model",      "feed"};
static_assert(std::size(KIND_NAMES) == std::variant_size_v<Object>);

/// The object where it is of the class, else null.
template <class T>
T* objectAs(const Object& object) {
  const auto* pointer = std::get_if<std::shared_ptr<T>>(&object);
  return pointer ? pointer->get() : nullptr;
}

}  // namespace torchq
