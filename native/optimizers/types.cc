#include "optimizers/types.h"

#include <torch/optim/adagrad.h>
#include <torch/optim/adam.h>
#include <torch/optim/adamw.h>
#include <torch/optim/rmsprop.h>
#include <torch/optim/sgd.h>

#include "errors.h"

namespace torchq {

namespace {

namespace optim = torch::optim;

optim::SGDOptions sgd(const Options& o) {
  return optim::SGDOptions(o.number("lr"))
      .momentum(o.number("momentum"))
      .dampening(o.number("dampening"))
      .weight_decay(o.number("decay"))
      .nesterov(o.flag("nesterov"));
}

/// Adam and AdamW have the same options.
template <class O>
O adam(const Options& o) {
  return O(o.number("lr"))
      .betas(std::make_tuple(o.number("beta1"), o.number("beta2")))
      .eps(o.number("eps"))
      .weight_decay(o.number("decay"))
      .amsgrad(o.flag("amsgrad"));
}

optim::RMSpropOptions rmsprop(const Options& o) {
  return optim::RMSpropOptions(o.number("lr"))
      .alpha(o.number("alpha"))
      .eps(o.number("eps"))
      .weight_decay(o.number("decay"))
      .momentum(o.number("momentum"))
      .centered(o.flag("centered"));
}

optim::AdagradOptions adagrad(const Options& o) {
  return optim::AdagradOptions(o.number("lr"))
      .lr_decay(o.number("lrdecay"))
      .weight_decay(o.number("decay"))
      .initial_accumulator_value(o.number("init"))
      .eps(o.number("eps"));
}

template <class Impl, class O>
OptimizerType row(const char* name, O (*options)(const Options&),
                  std::function<Optimizer::Buffers(optim::OptimizerParamState&)> buffers,
                  std::unique_ptr<optim::OptimizerParamState> (*restore)(const SavedBuffers&)) {
  return {name, [options](const Options& o) { return std::make_unique<O>(options(o)); },
          [options](const Tensors& parameters, const Options& o) -> std::unique_ptr<optim::Optimizer> {
            return std::make_unique<Impl>(parameters, options(o));
          },
          std::move(buffers), restore};
}

template <class Impl>
at::Tensor stepOf(const Impl& state) {
  return torch::tensor(static_cast<int64_t>(state.step()), at::kLong);
}

template <class Impl>
Optimizer::Buffers adamBuffers(optim::OptimizerParamState& state) {
  auto& s = static_cast<Impl&>(state);
  return {{"step", stepOf(s)},
          {"exp_avg", s.exp_avg()},
          {"exp_avg_sq", s.exp_avg_sq()},
          {"max_exp_avg_sq", s.max_exp_avg_sq()}};
}

Optimizer::Buffers sgdBuffers(optim::OptimizerParamState& state) {
  const auto& momentum = static_cast<optim::SGDParamState&>(state).momentum_buffer();
  if (!momentum.defined()) return {};
  return {{"momentum_buffer", momentum}};
}

Optimizer::Buffers rmspropBuffers(optim::OptimizerParamState& state) {
  auto& s = static_cast<optim::RMSpropParamState&>(state);
  return {{"step", stepOf(s)},
          {"square_avg", s.square_avg()},
          {"momentum", s.momentum_buffer()},
          {"grad_avg", s.grad_avg()}};
}

Optimizer::Buffers adagradBuffers(optim::OptimizerParamState& state) {
  auto& s = static_cast<optim::AdagradParamState&>(state);
  return {{"step", stepOf(s)}, {"sum", s.sum()}};
}

using State = std::unique_ptr<optim::OptimizerParamState>;

template <class Impl>
State restoreAdam(const SavedBuffers& saved) {
  auto state = std::make_unique<Impl>();
  state->step(saved.step());
  state->exp_avg(saved.get("exp_avg"));
  state->exp_avg_sq(saved.get("exp_avg_sq"));
  state->max_exp_avg_sq(saved.get("max_exp_avg_sq"));
  return state;
}

State restoreSgd(const SavedBuffers& saved) {
  auto state = std::make_unique<optim::SGDParamState>();
  state->momentum_buffer(saved.get("momentum_buffer"));
  return state;
}

State restoreRmsprop(const SavedBuffers& saved) {
  auto state = std::make_unique<optim::RMSpropParamState>();
  state->step(saved.step());
  state->square_avg(saved.get("square_avg"));
  state->momentum_buffer(saved.get("momentum"));
  state->grad_avg(saved.get("grad_avg"));
  return state;
}

State restoreAdagrad(const SavedBuffers& saved) {
  auto state = std::make_unique<optim::AdagradParamState>();
  state->step(saved.step());
  state->sum(saved.get("sum"));
  return state;
}

const std::vector<OptimizerType>& types() {
  static const std::vector<OptimizerType> rows = {
      row<optim::SGD>("sgd", sgd, sgdBuffers, restoreSgd),
      row<optim::Adam>("adam", adam<optim::AdamOptions>, adamBuffers<optim::AdamParamState>,
                       restoreAdam<optim::AdamParamState>),
      row<optim::AdamW>("adamw", adam<optim::AdamWOptions>, adamBuffers<optim::AdamWParamState>,
                        restoreAdam<optim::AdamWParamState>),
      row<optim::RMSprop>("rmsprop", rmsprop, rmspropBuffers, restoreRmsprop),
      row<optim::Adagrad>("adagrad", adagrad, adagradBuffers, restoreAdagrad),
  };
  return rows;
}

}  // namespace

const OptimizerType& optimizerType(const std::string& name) {
  for (const auto& row : types())
    if (name == row.name) return row;
  fail("unrecognized optimizer: ", name);
}

}  // namespace torchq
