// The tensors that an object holds, whatever its class.
#pragma once

#include "layers/layer.h"
#include "layers/members.h"
#include "objects/object.h"

namespace torchq {

/// The layer of a module, loss or model, or of the model that a feed trains; an error for other objects.
const Layer& layerOf(const Object& object);
/// A vector's or dictionary's tensors, the tensor itself, or the parameters (buffers) of a module, loss, model, feed.
Members membersOf(const Object& object, What what = What::parameters);

}  // namespace torchq
