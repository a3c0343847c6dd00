#include "objects/totals.h"

#include <string>

#include "objects/members.h"
#include "objects/tensor_info.h"
#include "optimizers/optimizer.h"
#include "training/learner.h"
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

/// Numbers, as that of the steps, are no tensors to the k api, but have their size.
void add(Totals& sum, const Optimizer& optimizer) {
  for (const auto& parameter : optimizer.parameters) {
    for (const auto& [name, form, tensors] : optimizer.buffers(parameter)) {
      for (const auto& t : tensors) {
        if (form == Optimizer::Buffer::Form::list || (form == Optimizer::Buffer::Form::tensor && t.defined()))
          ++sum.tensors;
        addSize(sum, t);
      }
    }
  }
}

bool hasBuffers(const Object& object) {
  return objectAs<Layer>(object) || objectAs<Loss>(object) || objectAs<Model>(object);
}

}  // namespace

Totals totalsOf(const Object& object) {
  Totals sum;
  if (const auto* learner = objectAs<Learner>(object)) {
    if (const auto& champion = learner->champion()) sum = totalsOf(champion);
    return sum;
  }
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
