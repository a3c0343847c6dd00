// Verbs on gradients: a tensor's, and those of all tensors that an object holds.
#include "door/verb.h"
#include "objects/members.h"
#include "training/model.h"
#include "verbs/verbs.h"

namespace torchq {

namespace {

void setGradient(at::Tensor t, bool flag) { t.requires_grad_(flag); }

Reply gradient(const at::Tensor& t) {
  if (!t.defined() || !t.grad().defined()) return {};
  return Made{t.grad()};
}

void backward(const at::Tensor& t, const std::optional<at::Tensor>& gradient, const std::string& mode) {
  const bool create = mode == "create" || mode == "createfree";
  const bool retain = mode == "retain" || mode == "create";
  t.backward(gradient ? *gradient : at::Tensor(), retain, create);
}

/// An optimizer, or a model's, leaves gradients undefined; false for other objects.
bool clearManaged(const Object& object) {
  auto* optimizer = objectAs<Optimizer>(object);
  if (const auto* model = objectAs<Model>(object)) optimizer = model->optimizer.get();
  if (optimizer) optimizer->clearGradients();
  return optimizer != nullptr;
}

/// Leaves gradients undefined, whatever the object.
void clearGradients(const Object& object) {
  if (clearManaged(object)) return;
  for (const auto& t : membersOf(object).tensors)
    if (t.defined()) t.mutable_grad() = at::Tensor();
}

void zeroGradients(const Object& object) {
  if (clearManaged(object)) return;
  for (const auto& t : membersOf(object).tensors)
    if (t.defined() && t.grad().defined()) t.grad().detach_().zero_();
}

}  // namespace

void gradientVerbs(Verbs& verbs) {
  verbs.look<setGradient>("setGradient");
  verbs.look<gradient>("gradient");
  verbs.work<backward>("backward");
  verbs.light<zeroGradients>("zeroGradients");
  verbs.light<clearGradients>("clearGradients");
}

}  // namespace torchq
