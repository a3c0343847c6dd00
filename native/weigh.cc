#include "layer.h"
#include "verb.h"

namespace torchq {

int64_t weigh(const Layer& layer) {
  int64_t sum = 0;
  for (const auto& p : layer.module->parameters()) sum += weigh(p);
  return sum;
}

int64_t weigh(const Object& object) {
  if (const auto* t = std::get_if<at::Tensor>(&object)) return weigh(*t);
  if (const auto* v = std::get_if<std::shared_ptr<TensorVector>>(&object)) {
    int64_t sum = 0;
    for (const auto& t : (*v)->items) sum += weigh(t);
    return sum;
  }
  if (const auto* d = std::get_if<std::shared_ptr<TensorDict>>(&object)) {
    int64_t sum = 0;
    for (const auto& item : (*d)->items) sum += weigh(item.value());
    return sum;
  }
  if (const auto* layer = std::get_if<std::shared_ptr<Layer>>(&object)) return weigh(**layer);
  return INLINE_LIMIT + 1;
}

}  // namespace torchq
