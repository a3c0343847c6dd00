// A model: a module with a loss and an optimizer (model page).
#pragma once

#include "optimizer.h"

namespace torchq {

struct Model {
  std::shared_ptr<Layer> module;
  std::shared_ptr<Loss> loss;
  std::shared_ptr<Optimizer> optimizer;
};

}  // namespace torchq
