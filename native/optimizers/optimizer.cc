#include "optimizers/optimizer.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
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

/// A tensor that goes with a parameter in a step, as the parameter is now: `to` moves and converts parameters alone.
at::Tensor following(const at::Tensor& t, const at::Tensor& parameter) {
  const bool same = t.scalar_type() == parameter.scalar_type() && t.device() == parameter.device();
  return same ? t : t.to(parameter.device(), parameter.scalar_type());
}

}  // namespace

Optimizer::Optimizer() = default;
Optimizer::~Optimizer() = default;

Optimizer::Buffers Optimizer::buffers(const Parameter& parameter) const {
  const auto& row = optimizerType(type);
  auto& states = optimizer->state();
  const auto state = states.find(stateKey(parameter.tensor));
  if (state == states.end() || !state->second) return {};
  Buffers result;
  if (row.steps) result.emplace_back("step", at::scalar_tensor(*row.steps(*state->second), at::kLong));
  for (const auto& kept : row.kept(*state->second, optimizer->param_groups()[parameter.group].options()))
    if (row.steps || kept.tensor.defined()) result.emplace_back(kept.name, kept.tensor);
  return result;
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

void Optimizer::makeReady(const Parameter& p) {
  auto& gradient = p.tensor.mutable_grad();
  if (!gradient.defined()) return;
  const auto& row = optimizerType(type);
  const auto& options = optimizer->param_groups()[p.group].options();
  const auto checkSize = [&](const char* name, const at::Tensor& t) {
    if (t.sizes() != p.tensor.sizes())
      fail("step: ", name, " of `", shownName(p), " is ", t.sizes(), ", the parameter is ", p.tensor.sizes());
  };
  checkSize("the gradient", gradient);
  if (gradient.is_sparse() && !row.takesSparse(options))
    fail("step: ", type, " with these options takes no sparse gradient, `", shownName(p), " has one");
  gradient = following(gradient, p.tensor);
  auto& states = optimizer->state();
  const auto key = stateKey(p.tensor);
  auto found = states.find(key);
  if (found == states.end() || !found->second) {
    if (found != states.end()) states.erase(found);
    if (row.begin) states[key] = row.begin(p.tensor, options);
    return;
  }
  for (auto& kept : row.kept(*found->second, options)) {
    if (!kept.tensor.defined()) {
      if (!kept.needed) continue;
      if (row.startsOver) {
        states.erase(key);
        return;
      }
      kept.tensor = at::zeros_like(p.tensor.detach());
    }
    checkSize(kept.name, kept.tensor);
    kept.tensor = following(kept.tensor, p.tensor);
    if (kept.tensor.is_sparse() && !gradient.is_sparse()) kept.tensor = kept.tensor.to_dense();
  }
}

void Optimizer::step() {
  at::NoGradGuard noGrad;
  for (const auto& parameter : parameters) makeReady(parameter);
  optimizer->step();
}

void Optimizer::restore(int64_t position, const std::vector<std::string>& names, const Tensors& values) {
  if (position < 0 || static_cast<size_t>(position) >= parameters.size())
    fail("opt: no parameter ", position, " to restore");
  const auto& [group, member, module, name, parameter] = parameters[static_cast<size_t>(position)];
  const auto& row = optimizerType(type);
  auto state = row.emptyState();
  const auto kept = row.kept(*state, optimizer->param_groups()[group].options());
  bool any = row.steps != nullptr;
  for (size_t i = 0; i < values.size(); ++i) {
    const auto& value = values[i];
    if (names.at(i) == "step" && row.steps) {
      if (value.numel() != 1) fail("opt: step expects a single number, input is ", value.sizes());
      *row.steps(*state) = value.item<int64_t>();
      if (*row.steps(*state) < 0) fail("opt: step expects the number of steps, input is ", value.item());
      continue;
    }
    for (const auto& each : kept) {
      if (names.at(i) != each.name) continue;
      if (value.sizes() != parameter.sizes())
        fail("opt: size mismatch, ", each.name, " is ", parameter.sizes(), ", input is ", value.sizes());
      each.tensor = value.to(parameter.options().requires_grad(false)).clone();
      any = true;
    }
  }
  if (any) optimizer->state()[stateKey(parameter)] = std::move(state);
}

std::shared_ptr<Layer> Optimizer::layer() const {
  const auto layerAt = [&](size_t i) { return members[i].layer ? members[i].layer : plainLayer(*this); };
  if (members.empty()) return nullptr;
  if (members.size() == 1) return layerAt(0);
  auto all = makeLayer({"moduledict", {}, {}, {}, {}});
  for (size_t i = 0; i < members.size(); ++i) listChild(*all, memberName(i), layerAt(i));
  return all;
}

}  // namespace torchq
