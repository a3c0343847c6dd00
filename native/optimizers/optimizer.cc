#include "optimizers/optimizer.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/nn/module.h>

#include <algorithm>
#include <utility>

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

bool countsSteps(const std::vector<Kept>& all) {
  return std::any_of(all.begin(), all.end(),
                     [](const Kept& kept) { return std::holds_alternative<int64_t*>(kept.value); });
}

using Form = Optimizer::Buffer::Form;
template <class List>
Optimizer::Buffer listOf(const char* name, const List& list) {
  return {name, Form::list, Tensors(list.begin(), list.end())};
}

struct ToBuffer {
  const char* name;
  Optimizer::Buffer operator()(const int64_t* n) const {
    return {name, Form::number, {at::scalar_tensor(*n, at::kLong)}};
  }
  Optimizer::Buffer operator()(const double* x) const {
    return {name, Form::number, {at::scalar_tensor(*x, at::kDouble)}};
  }
  Optimizer::Buffer operator()(const at::Tensor* t) const { return {name, Form::tensor, {*t}}; }
  Optimizer::Buffer operator()(const std::deque<at::Tensor>* list) const { return listOf(name, *list); }
  Optimizer::Buffer operator()(const TorchOptional<Tensors>* list) const {
    return listOf(name, list->value_or(Tensors()));
  }
};

Optimizer::Buffer bufferOf(const Kept& kept) { return std::visit(ToBuffer{kept.name}, kept.value); }

/// Gives a state a value that was saved.
struct FromSaved {
  const Kept& kept;
  const at::Tensor& saved;
  at::IntArrayRef sizes;  ///< of each tensor
  at::TensorOptions options;

  void operator()(int64_t* n) const {
    *n = one().item<int64_t>();
    if (*n < 0) fail("opt: ", kept.name, " expects the number of steps, input is ", saved.item());
  }
  void operator()(double* x) const { *x = one().item<double>(); }
  void operator()(at::Tensor* t) const { *t = checked(saved); }
  void operator()(std::deque<at::Tensor>* list) const {
    for (const auto& each : members()) list->push_back(checked(each));
  }
  void operator()(TorchOptional<Tensors>* list) const {
    Tensors all;
    for (const auto& each : members()) all.push_back(checked(each));
    *list = std::move(all);
  }

 private:
  const at::Tensor& one() const {
    if (saved.numel() != 1) fail("opt: ", kept.name, " expects a single number, input is ", saved.sizes());
    return saved;
  }
  Tensors members() const {
    if (saved.dim() == 0) fail("opt: ", kept.name, " expects a list, input is ", saved.sizes());
    return saved.unbind();
  }
  at::Tensor checked(const at::Tensor& t) const {
    if (t.sizes() != sizes) fail("opt: size mismatch, ", kept.name, " is ", sizes, ", input is ", t.sizes());
    return t.to(options).clone();
  }
};

bool same(const Tensors& a, const Tensors& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return x.is_same(y); });
}

}  // namespace

FrozenGradients::FrozenGradients(const std::vector<Optimizer::Parameter>& parameters) {
  for (const auto& [group, member, module, name, tensor] : parameters)
    if (!tensor.requires_grad() && tensor.grad().defined())
      gradients_.emplace_back(tensor, std::exchange(tensor.mutable_grad(), at::Tensor()));
}

FrozenGradients::~FrozenGradients() {
  for (auto& [parameter, gradient] : gradients_) parameter.mutable_grad() = std::move(gradient);
}

Optimizer::Optimizer() = default;
Optimizer::~Optimizer() = default;

std::vector<Optimizer::Buffer> Optimizer::buffers(const Parameter& parameter) const {
  const auto& row = optimizerType(type);
  auto& states = optimizer->state();
  const auto state = states.find(stateKey(parameter.tensor));
  if (state == states.end() || !state->second) return {};
  const auto all = row.kept(*state->second, optimizer->param_groups()[parameter.group].options());
  // Where steps are counted, a tensor that is not there is shown as such.
  const bool counts = countsSteps(all);
  std::vector<Buffer> result;
  for (const auto& kept : all)
    if (auto buffer = bufferOf(kept); counts || buffer.tensors.at(0).defined())
      result.push_back(std::move(buffer));
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
  for (const auto& kept : row.kept(*found->second, options)) {
    if (!std::holds_alternative<at::Tensor*>(kept.value)) continue;
    auto& tensor = *std::get<at::Tensor*>(kept.value);
    if (!tensor.defined()) {
      if (!kept.needed) continue;
      if (row.startsOver) {
        states.erase(key);
        return;
      }
      tensor = at::zeros_like(p.tensor.detach());
    }
    checkSize(kept.name, tensor);
    tensor = following(tensor, p.tensor);
    if (tensor.is_sparse() && !gradient.is_sparse()) tensor = tensor.to_dense();
  }
}

bool Optimizer::needsClosure() const { return optimizerType(type).joined != nullptr; }

at::Tensor Optimizer::step(const Closure& closure) {
  if (needsClosure()) {
    if (!closure) fail("LBFGS optimizer requires model, loss & inputs");
    return stepJoined(closure);
  }
  const auto loss = closure ? closure() : at::Tensor();
  at::NoGradGuard noGrad;
  FrozenGradients frozen(parameters);
  for (const auto& parameter : parameters) makeReady(parameter);
  optimizer->step();
  return loss;
}

void Optimizer::join() {
  const auto& row = optimizerType(type);
  Tensors moving;
  for (const auto& p : parameters)
    if (p.tensor.requires_grad()) moving.push_back(p.tensor);
  const auto& group = optimizer->param_groups().at(0);
  if (!same(group.params(), moving)) optimizer = row.joined->of(moving, group.options());
}

at::Tensor Optimizer::stepJoined(const Closure& closure) {
  join();
  const auto& group = optimizer->param_groups().at(0);
  if (group.params().empty()) return closure();
  const auto& row = optimizerType(type);
  auto& state = optimizer->state()[stateKey(group.params()[0])];
  if (!state) state = row.emptyState();
  row.joined->fit(*state, group.options());
  return optimizer->step(closure);
}

void Optimizer::restore(int64_t position, const std::vector<std::string>& names, const Tensors& values) {
  if (position < 0 || static_cast<size_t>(position) >= parameters.size())
    fail("opt: no parameter ", position, " to restore");
  const auto& parameter = parameters[static_cast<size_t>(position)];
  if (auto state = stateOf(parameter, {names, values}))
    optimizer->state()[stateKey(parameter.tensor)] = std::move(state);
}

void Optimizer::restore(const std::vector<Saved>& all) {
  if (needsClosure() || all.size() != parameters.size())
    fail("opt: ", all.size(), " parameters to restore of ", type, ", it has ", parameters.size());
  std::vector<std::unique_ptr<ParamState>> states;
  for (size_t i = 0; i < all.size(); ++i) {
    checkNames(parameters[i], all[i].names);
    states.push_back(all[i].names.empty() ? nullptr : stateOf(parameters[i], all[i]));
  }
  for (size_t i = 0; i < all.size(); ++i) {
    const auto key = stateKey(parameters[i].tensor);
    optimizer->state().erase(key);
    if (states[i]) optimizer->state()[key] = std::move(states[i]);
  }
}

void Optimizer::checkNames(const Parameter& parameter, const std::vector<std::string>& names) const {
  const auto& row = optimizerType(type);
  const auto state = row.emptyState();
  const auto all = row.kept(*state, optimizer->param_groups()[parameter.group].options());
  for (const auto& name : names)
    if (std::none_of(all.begin(), all.end(), [&](const Kept& kept) { return name == kept.name; }))
      fail("opt: ", type, " keeps no ", name, " for `", shownName(parameter));
}

/// Null where there is nothing to go on from.
std::unique_ptr<ParamState> Optimizer::stateOf(const Parameter& restored, const Saved& saved) {
  const auto& [group, member, module, name, parameter] = restored;
  const auto& [names, values] = saved;
  const auto& row = optimizerType(type);
  auto state = row.emptyState();
  auto sizes = parameter.sizes().vec();
  if (row.joined) {
    join();
    sizes = {0};
    for (const auto& p : optimizer->param_groups().at(0).params()) sizes[0] += p.numel();
  }
  const auto all = row.kept(*state, optimizer->param_groups()[group].options());
  const auto options = parameter.options().requires_grad(false);
  bool any = countsSteps(all);
  for (size_t i = 0; i < values.size(); ++i) {
    for (const auto& kept : all) {
      if (names.at(i) != kept.name) continue;
      std::visit(FromSaved{kept, values[i], kept.single ? at::IntArrayRef() : sizes, options}, kept.value);
      any = true;
    }
  }
  if (row.joined) row.joined->fit(*state, optimizer->param_groups()[group].options());
  if (!any) state.reset();
  return state;
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
