#include "optimizers/types.h"

#include <ATen/ATen.h>
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

template <class State>
int64_t* stepsOf(ParamState& state) {
  return &static_cast<State&>(state).step();
}

template <class State, class O>
std::vector<Kept> adamKeeps(ParamState& state, const ParamOptions& options) {
  auto& s = static_cast<State&>(state);
  return {{"exp_avg", s.exp_avg(), true},
          {"exp_avg_sq", s.exp_avg_sq(), true},
          {"max_exp_avg_sq", s.max_exp_avg_sq(), static_cast<const O&>(options).amsgrad()}};
}

std::vector<Kept> sgdKeeps(ParamState& state, const ParamOptions& options) {
  return {{"momentum_buffer", static_cast<optim::SGDParamState&>(state).momentum_buffer(),
           static_cast<const optim::SGDOptions&>(options).momentum() != 0}};
}

std::vector<Kept> rmspropKeeps(ParamState& state, const ParamOptions& options) {
  auto& s = static_cast<optim::RMSpropParamState&>(state);
  const auto& o = static_cast<const optim::RMSpropOptions&>(options);
  return {{"square_avg", s.square_avg(), true},
          {"momentum", s.momentum_buffer(), o.momentum() > 0},
          {"grad_avg", s.grad_avg(), o.centered()}};
}

std::vector<Kept> adagradKeeps(ParamState& state, const ParamOptions&) {
  return {{"sum", static_cast<optim::AdagradParamState&>(state).sum(), true}};
}

std::unique_ptr<ParamState> beginAdagrad(const at::Tensor& parameter, const ParamOptions& options) {
  const auto start = static_cast<const optim::AdagradOptions&>(options).initial_accumulator_value();
  auto state = std::make_unique<optim::AdagradParamState>();
  state->sum(at::full_like(parameter.detach(), start));
  return state;
}

bool never(const ParamOptions&) { return false; }

template <class O>
bool withoutDecay(const ParamOptions& options) {
  return static_cast<const O&>(options).weight_decay() == 0;
}

template <class Impl, class State, class O>
OptimizerType row(const char* name, O (*options)(const Options&), decltype(OptimizerType::kept) kept) {
  return {name,
          [options](const Tensors& parameters, const Options& o) -> std::unique_ptr<optim::Optimizer> {
            return std::make_unique<Impl>(parameters, options(o));
          },
          [] { return std::make_unique<State>(); },
          kept,
          nullptr,
          never,
          nullptr};
}

template <class Impl, class State, class O>
OptimizerType counting(const char* name, O (*options)(const Options&), decltype(OptimizerType::kept) kept) {
  auto result = row<Impl, State>(name, options, kept);
  result.steps = stepsOf<State>;
  return result;
}

std::vector<OptimizerType> optimizerRows() {
  using namespace optim;
  auto sgdRow = row<SGD, SGDParamState>("sgd", sgd, sgdKeeps);
  sgdRow.takesSparse = withoutDecay<SGDOptions>;
  sgdRow.startsOver = true;
  auto adagradRow = counting<Adagrad, AdagradParamState>("adagrad", adagrad, adagradKeeps);
  adagradRow.takesSparse = withoutDecay<AdagradOptions>;
  adagradRow.begin = beginAdagrad;
  return {
      sgdRow,
      counting<Adam, AdamParamState>("adam", adam<AdamOptions>, adamKeeps<AdamParamState, AdamOptions>),
      counting<AdamW, AdamWParamState>("adamw", adam<AdamWOptions>, adamKeeps<AdamWParamState, AdamWOptions>),
      counting<RMSprop, RMSpropParamState>("rmsprop", rmsprop, rmspropKeeps),
      adagradRow,
  };
}

}  // namespace

const OptimizerType& optimizerType(const std::string& name) {
  static const auto types = optimizerRows();
  for (const auto& row : types)
    if (name == row.name) return row;
  fail("unrecognized optimizer: ", name);
}

}  // namespace torchq
