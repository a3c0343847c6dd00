#include "objects/members.h"

#include "errors.h"
#include "losses/loss.h"
#include "training/learner.h"
#include "training/model.h"

namespace torchq {

const Layer& layerOf(const Object& object) {
  if (const auto* layer = objectAs<Layer>(object)) return *layer;
  if (const auto* loss = objectAs<Loss>(object)) return *loss->layer;
  if (const auto* model = objectAs<Model>(object)) return *model->module;
  if (const auto* learner = objectAs<Learner>(object)) return *learner->model()->module;
  fail("not implemented for ", KIND_NAMES[object.index()]);
}

Members membersOf(const Object& object, What what) {
  if (const auto* t = std::get_if<at::Tensor>(&object)) return {{}, {*t}};
  if (const auto* v = objectAs<TensorVector>(object)) return {{}, v->items};
  if (const auto* d = objectAs<TensorDict>(object)) return membersOf(d->items);
  const auto& module = layerOf(object).module;
  return what == What::parameters ? parametersOf(module) : membersOf(namedTensors(*module, what));
}

}  // namespace torchq
