#include "optimizers/lamb.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>

#include "errors.h"
#include "torch_version.h"

namespace torchq {

namespace {

using Groups = std::vector<torch::optim::OptimizerParamGroup>;

const LambOptions& optionsOf(const torch::optim::OptimizerParamGroup& group) {
  return static_cast<const LambOptions&>(group.options());
}

void checkBeta(int index, double beta) {
  if (!(0 <= beta && beta < 1)) fail("Invalid beta parameter at index ", index, ": ", beta);
}

/// The norm of all gradients, one where it is zero; undefined where there are none.
at::Tensor globalNorm(const Groups& groups) {
  at::Tensor sum;
  for (const auto& group : groups) {
    for (const auto& p : group.params()) {
      if (!p.grad().defined()) continue;
      const auto squares = p.grad().pow(2).sum();
      sum = sum.defined() ? sum.add_(squares.to(sum.options())) : squares;
    }
  }
  if (!sum.defined()) return sum;
  const auto norm = sum.sqrt();
  return norm.masked_fill(norm == 0, 1);
}

void update(const at::Tensor& p, const at::Tensor& gradient, LambParamState& state, const LambOptions& o) {
  const auto [beta1, beta2] = o.betas();
  if (!state.exp_avg().defined()) {
    state.exp_avg(at::zeros_like(p, at::MemoryFormat::Preserve));
    state.exp_avg_sq(at::zeros_like(p, at::MemoryFormat::Preserve));
  }
  state.step(state.step() + 1);
  const auto average = state.exp_avg().mul_(beta1).add_(gradient, 1 - beta1);
  const auto squares = state.exp_avg_sq().mul_(beta2).addcmul_(gradient, gradient, 1 - beta2);
  const auto n = static_cast<double>(state.step());
  auto change = o.unbiased() ? (average / (1 - std::pow(beta1, n))) /
                                   (squares.sqrt() / std::sqrt(1 - std::pow(beta2, n))).add_(o.eps())
                             : average / squares.sqrt().add_(o.eps());
  if (o.weight_decay() != 0) change.add_(p, o.weight_decay());
  const auto weight = p.norm(2.0), size = change.norm(2.0);
  auto ratio = at::where((weight > 0).logical_and(size > 0), weight / size, at::ones_like(weight));
  if (o.trustclip()) ratio.clip_(o.trustmin(), o.trustmax());
  p.add_(change.mul_(ratio), -o.lr());
}

}  // namespace

Lamb::Lamb(std::vector<at::Tensor> parameters, const LambOptions& options)
    : Optimizer({torch::optim::OptimizerParamGroup(std::move(parameters))},
                std::make_unique<LambOptions>(options)) {
  if (!(options.lr() >= 0)) fail("Invalid learning rate: ", options.lr());
  if (!(options.eps() >= 0)) fail("Invalid epsilon value: ", options.eps());
  checkBeta(0, std::get<0>(options.betas()));
  checkBeta(1, std::get<1>(options.betas()));
  if (!(options.weight_decay() >= 0)) fail("Invalid weight_decay value: ", options.weight_decay());
}

at::Tensor Lamb::step(LossClosure closure) {
  at::Tensor loss;
  if (closure) loss = closure();
  at::NoGradGuard noGrad;
  const auto& groups = param_groups();
  const bool global =
      std::any_of(groups.begin(), groups.end(), [](const auto& g) { return optionsOf(g).globalnorm(); });
  const auto norm = global ? globalNorm(groups) : at::Tensor();
  for (const auto& group : groups) {
    const bool scaled = norm.defined() && optionsOf(group).globalnorm();
    for (const auto& p : group.params()) {
      if (!p.grad().defined()) continue;
      auto& state = state_[stateKey(p)];
      if (!state) state = std::make_unique<LambParamState>();
      const auto gradient = scaled ? p.grad() / norm.to(p.grad().options()) : p.grad();
      update(p, gradient, static_cast<LambParamState&>(*state), optionsOf(group));
    }
  }
  return loss;
}

}  // namespace torchq
