#include "layers/forward.h"

#include <ATen/core/grad_mode.h>
#include <c10/util/Exception.h>
#include <torch/nn/module.h>

#include <optional>
#include <string>

#include "errors.h"
#include "values/names.h"

namespace torchq {

namespace {

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

InMode::InMode(torch::nn::Module& module, bool training) {
  if (training && module.is_training()) return;
  for (const auto& each : module.modules()) before_.emplace_back(each, each->is_training());
  module.train(training);
}

InMode::~InMode() {
  // The root first, since a mode reaches downwards.
  for (const auto& [module, training] : before_) module->train(training);
}

Tensors forwardOf(const Layer& layer, const Tensors& inputs) {
  try {
    return layer.forward(inputs);
  } catch (const c10::Error&) {
    const auto error = currentError();
    fail(error, unsaid(layer, inputs, error));
  }
}

Tensors forwardIn(const std::string& mode, const Layer& layer, const Tensors& inputs) {
  // a part of another calculation is as that is
  if (mode == "within") return forwardOf(layer, inputs);
  at::AutoGradMode grad(mode == "train" || mode == "evalgrad");
  const InMode inMode(*layer.module, mode == "train" || mode == "nograd");
  return forwardOf(layer, inputs);
}

}  // namespace torchq
