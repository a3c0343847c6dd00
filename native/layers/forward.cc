#include "layers/forward.h"

#include <ATen/core/grad_mode.h>
#include <c10/util/Exception.h>
#include <torch/nn/module.h>

#include <string>

#include "errors.h"
#include "values/names.h"

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

/// What an error of libtorch's leaves unsaid; empty where nothing.
std::string unsaid(const Layer& layer, const Tensors& inputs, const std::string& error) {
  for (const auto& input : inputs)
    if (input.numel() == 0) return text(": an input is empty, sizes ", input.sizes());
  const auto says = [&](const char* words) { return error.find(words) != std::string::npos; };
  if (!says("type") || says("type Long") || says("types: Long")) return {};  // indices are meant
  for (const auto& parameter : layer.module->parameters())
    for (const auto& input : inputs) {
      const auto wanted = parameter.scalar_type(), given = input.scalar_type();
      if (given == wanted || input.is_complex() || parameter.is_complex()) continue;
      const auto* cast = wanted == at::kFloat ? "\"e\"$x" : wanted == at::kDouble ? "\"f\"$x" : nullptr;
      return text(": the input is ", nameOf(given), ", the module's parameters are ", nameOf(wanted),
                  "; convert ", cast ? text("the input, e.g. ", cast) : std::string("one of them"),
                  " or the module with to");
    }
  return {};
}

}  // namespace

Tensors forwardOf(const Layer& layer, const Tensors& inputs) {
  try {
    return layer.forward(inputs);
  } catch (const c10::Error&) {
    const auto error = currentError();
    fail(error, unsaid(layer, inputs, error));
  }
}

Tensors forwardIn(const std::string& mode, const Layer& layer, const Inputs& inputs) {
  const bool evaluate = mode == "evaluate" || mode == "evalgrad";
  at::AutoGradMode grad(mode == "train" || mode == "evalgrad");
  Evaluating evaluating(*layer.module, evaluate);
  return forwardOf(layer, tensorsOn(layer.device(), inputs));
}

}  // namespace torchq
