#include "layer.h"
#include "verb.h"

namespace torchq {

int64_t emptyLists(const at::Tensor& t) {
  int64_t lists = 1;
  for (const auto size : t.sizes()) {
    if (size == 0) break;
    lists = std::min(lists, INLINE_LIMIT + 1) * std::min(size, INLINE_LIMIT + 1);
  }
  return lists;
}

int64_t weigh(const Layer& layer) {
  int64_t sum = 0;
  for (const auto& p : layer.module->parameters()) sum += weigh(p);
  return sum;
}

/// A guess from the largest numbers among the options: linear(1000;1000) has a million weights to initialise.
int64_t weigh(const LayerSpec& spec) {
  int64_t product = 1;
  for (const auto& [name, option] : spec.options.items)
    product = std::min(product * std::max<int64_t>(weigh(option), 1), INLINE_LIMIT + 1);
  return product + weigh(spec.children);
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
