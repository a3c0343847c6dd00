// Callback modules: what they compute is what a function of the calling session's makes of their inputs.
#pragma once

#include <functional>
#include <memory>

#include "layers/layer.h"

namespace torchq {

/// Has the function that a module names called, and waits for its result; throws where it gives none.
using CallFunction = std::function<at::Tensor(const std::shared_ptr<Layer>& module,
                                              const std::string& function, const Tensors& inputs)>;
/// Set once, by who can reach sessions; without it callback modules do not compute.
void setCallFunction(CallFunction call);

/// The result of a callback module.
Tensors callBack(const Layer& layer, const Tensors& inputs);

/// What changes the parts that a calculation goes through waits until it is over: throws while a function is being called.
/// @param who is refused
void refuseInCallbacks(const char* who);

}  // namespace torchq
