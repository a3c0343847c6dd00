// A module's calculation, in a mode of its own for the time of a call.
#pragma once

#include "layers/layer.h"

namespace torchq {

/// As `Layer::forward`. Where libtorch refuses because of an input's type, or an input has no elements, its error says
/// which side has which type and what to do: q's decimals are doubles, modules float.
Tensors forwardOf(const Layer& layer, const Tensors& inputs);

/// k arrays among the inputs go to the device of the module's parameters.
/// @param mode "train": in the module's own mode, with gradients; "evaluate": evaluation mode, no gradients; "nograd": own
/// mode, no gradients; "evalgrad": evaluation mode, with gradients
Tensors forwardIn(const std::string& mode, const Layer& layer, const Inputs& inputs);

}  // namespace torchq
