#include "values/weight.h"

#include <variant>

namespace torchq {

int64_t weigh(const at::Tensor& t) {
  if (!t.defined()) return 0;
  if (!t.device().is_cpu()) return TOO_MUCH;
  if (const auto elements = t.numel(); elements > 0) return elements;
  int64_t lists = 1;
  for (const auto size : t.sizes()) {
    if (size == 0) break;
    lists = std::min(lists, TOO_MUCH) * std::min(size, TOO_MUCH);
  }
  return lists;
}

int64_t weigh(const std::string& name) { return name.rfind("cuda", 0) == 0 ? TOO_MUCH : 0; }

int64_t weigh(const Any& x) {
  if (const auto* s = std::get_if<std::string>(&x.value)) return weigh(*s);
  if (const auto* input = std::get_if<Input>(&x.value)) return weigh(*input);
  if (const auto* list = std::get_if<std::vector<Any>>(&x.value)) return weigh(*list);
  return 0;
}

}  // namespace torchq
