// Verbs on models.
#include "training/model.h"

#include "door/verb.h"
#include "layers/callback.h"
#include "verbs/verbs.h"

namespace torchq {

namespace {

Made model(const std::shared_ptr<Layer>& module, const std::shared_ptr<Loss>& loss,
           const std::shared_ptr<Optimizer>& optimizer) {
  return {std::make_shared<Model>(module, loss, optimizer)};
}

void setModel(const std::shared_ptr<Model>& model, const std::optional<std::shared_ptr<Layer>>& module,
              const std::optional<std::shared_ptr<Loss>>& loss,
              const std::optional<std::shared_ptr<Optimizer>>& optimizer) {
  refuseInCallbacks("model");
  if (module) model->module = *module;
  if (loss) model->loss = *loss;
  if (optimizer) model->optimizer = *optimizer;
}

Made part(const std::shared_ptr<Model>& model, const std::string& which) {
  if (which == "module") return {model->module};
  if (which == "loss") return {model->loss};
  return {model->optimizer};
}

}  // namespace

void modelVerbs(Verbs& verbs) {
  verbs.look<model>("model");
  verbs.look<setModel>("setModel");
  verbs.look<part>("part");
}

}  // namespace torchq
