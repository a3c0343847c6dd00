#include "optimizers/optimizer.h"

#include <torch/nn/module.h>

#include "errors.h"
#include "optimizers/types.h"
#include "torch_version.h"

namespace torchq {

namespace {

/// Plain tensors as a layer that holds them.
std::shared_ptr<Layer> plainLayer(const Optimizer& optimizer) {
  auto layer = makeLayer({PLAIN, {}, {}, {}, {}});
  for (const auto& p : optimizer.parameters)
    if (p.module == PLAIN) layer->module->register_parameter(p.name, p.tensor, p.tensor.requires_grad());
  return layer;
}

}  // namespace

Optimizer::Optimizer() = default;
Optimizer::~Optimizer() = default;

Optimizer::Buffers Optimizer::buffers(const Parameter& parameter) const {
  auto& states = optimizer->state();
  const auto state = states.find(stateKey(parameter.tensor));
  if (state == states.end()) return {};
  return optimizerType(type).buffers(*state->second);
}

std::string Optimizer::memberName(size_t index) const {
  const auto& layer = members[index].layer;
  if (!layer) return "parms";
  return layer->name.empty() ? std::to_string(index) : layer->name;
}

std::string Optimizer::shownName(const Parameter& parameter) const {
  return members.size() > 1 ? memberName(parameter.member) + "." + parameter.name : parameter.name;
}

void Optimizer::clearGradients() {
  for (const auto& parameter : parameters) parameter.tensor.mutable_grad() = at::Tensor();
}

void Optimizer::step() { optimizer->step(); }

void Optimizer::restore(int64_t position, const std::vector<std::string>& names, const Tensors& values) {
  if (position < 0 || static_cast<size_t>(position) >= parameters.size())
    fail("opt: no parameter ", position, " to restore");
  const auto& parameter = parameters[static_cast<size_t>(position)].tensor;
  Tensors buffers;
  for (size_t i = 0; i < values.size(); ++i) {
    const bool isStep = names.at(i) == "step";
    if (!isStep && values[i].sizes() != parameter.sizes())
      fail("opt: size mismatch, ", names[i], " is ", parameter.sizes(), ", input is ", values[i].sizes());
    if (isStep && values[i].numel() != 1)
      fail("opt: step expects a single number, input is ", values[i].sizes());
    buffers.push_back(isStep ? values[i] : values[i].to(parameter.options().requires_grad(false)).clone());
  }
  optimizer->state()[stateKey(parameter)] = optimizerType(type).restore(SavedBuffers(names, buffers));
}

std::shared_ptr<Layer> Optimizer::layer() const {
  const auto layerAt = [&](size_t i) { return members[i].layer ? members[i].layer : plainLayer(*this); };
  if (members.empty()) return nullptr;
  if (members.size() == 1) return layerAt(0);
  auto all = makeLayer({"moduledict", {}, {}, {}, {}});
  for (size_t i = 0; i < members.size(); ++i) {
    // Its module is shared, its name is the container's affair.
    auto child = std::make_shared<Layer>(*layerAt(i));
    child->name = memberName(i);
    all->add(std::move(child));
  }
  return all;
}

}  // namespace torchq
