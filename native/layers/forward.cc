#include "layers/forward.h"

#include <ATen/core/grad_mode.h>
#include <torch/nn/module.h>

namespace torchq {

namespace {

namespace nn = torch::nn;

/// A module in evaluation mode for the time of a call. If it was training all through, it is put back as one; a module
/// whose parts differ is put back part by part, the root first since training reaches downwards.
class Evaluating {
 public:
  Evaluating(nn::Module& module, bool evaluate) {
    if (!evaluate) return;
    for (const auto& m : module.modules()) before_.emplace_back(m, m->is_training());
    module.eval();
  }
  ~Evaluating() {
    for (const auto& [module, training] : before_) module->train(training);
  }

 private:
  std::vector<std::pair<std::shared_ptr<nn::Module>, bool>> before_;
};

}  // namespace

Tensors forwardIn(const std::string& mode, const Layer& layer, const Inputs& inputs) {
  const bool evaluate = mode == "evaluate" || mode == "evalgrad";
  at::AutoGradMode grad(mode == "train" || mode == "evalgrad");
  Evaluating evaluating(*layer.module, evaluate);
  return layer.forward(tensorsOn(layer.device(), inputs));
}

}  // namespace torchq
