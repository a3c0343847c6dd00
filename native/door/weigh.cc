#include "door/weigh.h"

#include "layers/layer.h"
#include "layers/members.h"

namespace torchq {

int64_t emptyLists(const at::Tensor& t) {
  int64_t lists = 1;
  for (const auto size : t.sizes()) {
    if (size == 0) break;
    lists = std::min(lists, INLINE_LIMIT + 1) * std::min(size, INLINE_LIMIT + 1);
  }
  return lists;
}

int64_t weigh(const Object& object) {
  if (const auto* t = std::get_if<at::Tensor>(&object)) return weigh(*t);
  if (const auto* vector = objectAs<TensorVector>(object)) return weigh(vector->items);
  if (const auto* dict = objectAs<TensorDict>(object)) return weigh(dict->items.values());
  if (const auto* layer = objectAs<Layer>(object)) return weigh(parametersOf(layer->module).tensors);
  return INLINE_LIMIT + 1;
}

}  // namespace torchq
