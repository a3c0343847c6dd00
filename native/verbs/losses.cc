// Verbs on losses.
#include <ATen/core/grad_mode.h>

#include "losses/loss.h"
#include "verbs/layer_spec.h"
#include "verbs/results.h"
#include "verbs/verbs.h"

namespace torchq {

namespace {

Made loss(const LayerSpec& spec) { return {makeLoss(spec)}; }

/// The device of the first tensor given by handle.
std::optional<at::Device> deviceOfHandles(const Inputs& inputs) {
  for (const auto& input : inputs)
    if (input.isHandle() && input.tensor().defined()) return input.tensor().device();
  return {};
}

Reply lossOf(const std::shared_ptr<Loss>& loss, const Inputs& inputs, bool asK) {
  at::AutoGradMode grad(!asK);
  return results(loss->layer->forward(tensorsOn(deviceOfHandles(inputs), inputs)), asK);
}

}  // namespace

void lossVerbs(Verbs& verbs) {
  verbs.work<loss>("loss");
  verbs.work<lossOf>("lossOf");
}

}  // namespace torchq
