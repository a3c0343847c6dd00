#include "objects/weight.h"

#include "layers/layer.h"
#include "layers/members.h"

namespace torchq {

int64_t weigh(const Object& object) {
  if (const auto* t = std::get_if<at::Tensor>(&object)) return weigh(*t);
  if (const auto* vector = objectAs<TensorVector>(object)) return weigh(vector->items);
  if (const auto* dict = objectAs<TensorDict>(object)) return weigh(dict->items.values());
  if (const auto* layer = objectAs<Layer>(object)) return weigh(parametersOf(layer->module).tensors);
  return TOO_MUCH;
}

}  // namespace torchq
