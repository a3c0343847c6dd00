// A loss function is a layer with two or more inputs, but a class of its own to the k api.
#pragma once

#include "layers/layer.h"

namespace torchq {

struct Loss {
  std::shared_ptr<Layer> layer;
};

/// The row of a loss; throws for a name that none has.
const LayerType& lossType(const std::string& name);

std::shared_ptr<Loss> makeLoss(const LayerSpec& spec);

}  // namespace torchq
