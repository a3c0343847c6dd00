// All that a module or model is to be made of again: its tensors by name, as they are.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "layers/layer.h"
#include "optimizers/optimizer.h"

namespace torchq {

using Named = std::vector<std::pair<std::string, at::Tensor>>;

struct Stored {
  Named parameters, buffers;
  Named optimizer;  ///< what it keeps, as parameter/name; numbers are tensors without dimension
  std::vector<std::string> frozen;  ///< parameters
};

/// Shares the tensors. @param optimizer null for none
Stored storedOf(const Layer& layer, const Optimizer* optimizer);

/// Gives a module what was stored of one that is made alike. Names, sizes and types are checked before anything changes;
/// the error names what differs.
/// @param optimizer null for none; then what is stored of one has no effect
void restoreStored(const Layer& layer, Optimizer* optimizer, const Stored& stored);

}  // namespace torchq
