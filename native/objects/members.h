// The tensors that an object holds, whatever its class.
#pragma once

#include "layers/layer.h"
#include "layers/members.h"
#include "objects/object.h"

namespace torchq {

/// The layer of a module, loss or model; an error for other objects.
const Layer& layerOf(const Object& object);
/// A vector's or dictionary's tensors, the tensor itself, or the parameters (buffers) of a module, loss, model.
Members membersOf(const Object& object, What what = What::parameters);

}  // namespace torchq
