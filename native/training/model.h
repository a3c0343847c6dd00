// A model: a module with a loss and an optimizer (model page).
#pragma once

#include "layers/layer.h"
#include "losses/loss.h"
#include "optimizers/optimizer.h"

namespace torchq {

struct Model {
  std::shared_ptr<Layer> module;
  std::shared_ptr<Loss> loss;
  std::shared_ptr<Optimizer> optimizer;

  /// The loss of the module's output and the targets, with gradients calculated; k arrays go to the module's device.
  at::Tensor backward(const Inputs& inputs, const Inputs& targets) const;
  /// The same between clearing the gradients and a step of the optimizer.
  at::Tensor backstep(const Inputs& inputs, const Inputs& targets) const;
};

}  // namespace torchq
