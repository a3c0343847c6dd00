#include "objects/totals.h"

#include <string>

#include "objects/members.h"
#include "objects/tensor_info.h"
#include "optimizers/optimizer.h"
#include "training/model.h"

namespace torchq {

namespace {

void addSize(Totals& sum, const at::Tensor& t) {
  if (!t.defined()) return;
  sum.elements += tensorElements(t);
  sum.bytes += tensorBytes(t);
}

void add(Totals& sum, const Tensors& tensors) {
  for (const auto& t : tensors) {
    ++sum.tensors;
    addSize(sum, t);
  }
}

/// The number of steps is no tensor to the k api, but has its size.
void add(Totals& sum, const Optimizer& optimizer) {
  for (const auto& parameter : optimizer.parameters) {
    for (const auto& [name, tensor] : optimizer.buffers(parameter)) {
      if (!tensor.defined()) continue;
      if (std::string(name) != "step") ++sum.tensors;
      addSize(sum, tensor);
    }
  }
}

bool hasBuffers(const Object& object) {
  return objectAs<Layer>(object) || objectAs<Loss>(object) || objectAs<Model>(object);
}

}  // namespace

Totals totalsOf(const Object& object) {
  Totals sum;
  if (const auto* optimizer = objectAs<Optimizer>(object)) {
    add(sum, *optimizer);
    return sum;
  }
  add(sum, membersOf(object).tensors);
  if (hasBuffers(object)) add(sum, membersOf(object, What::buffers).tensors);
  if (const auto* model = objectAs<Model>(object)) add(sum, *model->optimizer);
  return sum;
}

}  // namespace torchq
