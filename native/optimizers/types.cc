#include "optimizers/types.h"

#include <ATen/ATen.h>
#include <torch/optim/adagrad.h>
#include <torch/optim/adam.h>
#include <torch/optim/adamw.h>
#include <torch/optim/lbfgs.h>
#include <torch/optim/rmsprop.h>
#include <torch/optim/sgd.h>

#include "errors.h"
#include "optimizers/lamb.h"

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

LambOptions lamb(const Options& o) {
  return LambOptions(o.number("lr"))
      .betas(std::make_tuple(o.number("beta1"), o.number("beta2")))
      .eps(o.number("eps"))
      .weight_decay(o.number("decay"))
      .unbiased(o.flag("unbiased"))
      .globalnorm(o.flag("globalnorm"))
      .trustclip(o.flag("trustclip"))
      .trustmin(o.number("trustmin"))
      .trustmax(o.number("trustmax"));
}

optim::LBFGSOptions lbfgs(const Options& o) {
  auto options = optim::LBFGSOptions(o.number("lr"))
                     .max_iter(o.integer("iter"))
                     .max_eval(o.integer("eval"))
                     .tolerance_grad(o.number("gradtol"))
                     .tolerance_change(o.number("changetol"))
                     .history_size(o.integer("history"));
  if (o.maybeSymbol("search")) options.line_search_fn("strong_wolfe");
  return options;
}

template <class State, class O>
std::vector<Kept> adamKeeps(ParamState& state, const ParamOptions& options) {
  auto& s = static_cast<State&>(state);
  return {{"step", &s.step()},
          {"exp_avg", &s.exp_avg(), true},
          {"exp_avg_sq", &s.exp_avg_sq(), true},
          {"max_exp_avg_sq", &s.max_exp_avg_sq(), static_cast<const O&>(options).amsgrad()}};
}

std::vector<Kept> lambKeeps(ParamState& state, const ParamOptions&) {
  auto& s = static_cast<LambParamState&>(state);
  return {{"step", &s.step()}, {"exp_avg", &s.exp_avg(), true}, {"exp_avg_sq", &s.exp_avg_sq(), true}};
}

std::vector<Kept> sgdKeeps(ParamState& state, const ParamOptions& options) {
  return {{"momentum_buffer", &static_cast<optim::SGDParamState&>(state).momentum_buffer(),
           static_cast<const optim::SGDOptions&>(options).momentum() != 0}};
}

std::vector<Kept> rmspropKeeps(ParamState& state, const ParamOptions& options) {
  auto& s = static_cast<optim::RMSpropParamState&>(state);
  const auto& o = static_cast<const optim::RMSpropOptions&>(options);
  return {{"step", &s.step()},
          {"square_avg", &s.square_avg(), true},
          {"momentum", &s.momentum_buffer(), o.momentum() > 0},
          {"grad_avg", &s.grad_avg(), o.centered()}};
}

std::vector<Kept> adagradKeeps(ParamState& state, const ParamOptions&) {
  auto& s = static_cast<optim::AdagradParamState&>(state);
  return {{"step", &s.step()}, {"sum", &s.sum(), true}};
}

std::vector<Kept> lbfgsKeeps(ParamState& state, const ParamOptions&) {
  auto& s = static_cast<optim::LBFGSParamState&>(state);
  return {{"func_evals", &s.func_evals()},
          {"n_iter", &s.n_iter()},
          {"t", &s.t()},
          {"prev_loss", &s.prev_loss()},
          {"d", &s.d()},
          {"h_diag", &s.H_diag(), false, true},
          {"prev_flag_grad", &s.prev_flat_grad()},
          {"old_dirs", &s.old_dirs()},
          {"old_stps", &s.old_stps()},
          {"ro", &s.ro(), false, true},
          {"al", &s.al(), false, true}};
}

/// libtorch leaves some numbers as they come.
std::unique_ptr<ParamState> emptyLbfgs() {
  auto state = std::make_unique<optim::LBFGSParamState>();
  state->t(0).prev_loss(0);
  return state;
}

std::unique_ptr<optim::Optimizer> lbfgsOf(const Tensors& parameters, const ParamOptions& options) {
  return std::make_unique<optim::LBFGS>(parameters, static_cast<const optim::LBFGSOptions&>(options));
}

/// The history may have become shorter, or longer, and `al` has a place for each; a state that was saved may lack something.
void fitLbfgs(ParamState& state, const ParamOptions& options) {
  auto& s = static_cast<optim::LBFGSParamState&>(state);
  const auto most = static_cast<size_t>(static_cast<const optim::LBFGSOptions&>(options).history_size());
  if (s.al()) s.al()->resize(most);
  const bool whole = s.d().defined() && s.H_diag().defined() && s.prev_flat_grad().defined();
  if (!whole || s.old_dirs().size() != s.old_stps().size() || s.old_dirs().size() != s.ro().size())
    s.n_iter(0);
  for (auto* list : {&s.old_dirs(), &s.old_stps(), &s.ro()})
    while (list->size() > most) list->pop_front();
}

constexpr Joined LBFGS_JOINED{lbfgsOf, fitLbfgs};

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
          [] { return std::make_unique<State>(); }, kept, never};
}

std::vector<OptimizerType> optimizerRows() {
  using namespace optim;
  auto sgdRow = row<SGD, SGDParamState>("sgd", sgd, sgdKeeps);
  sgdRow.takesSparse = withoutDecay<SGDOptions>;
  sgdRow.startsOver = true;
  auto adagradRow = row<Adagrad, AdagradParamState>("adagrad", adagrad, adagradKeeps);
  adagradRow.takesSparse = withoutDecay<AdagradOptions>;
  adagradRow.begin = beginAdagrad;
  auto lbfgsRow = row<LBFGS, LBFGSParamState>("lbfgs", lbfgs, lbfgsKeeps);
  lbfgsRow.emptyState = emptyLbfgs;
  lbfgsRow.joined = &LBFGS_JOINED;
  return {
      sgdRow,
      row<Adam, AdamParamState>("adam", adam<AdamOptions>, adamKeeps<AdamParamState, AdamOptions>),
      row<AdamW, AdamWParamState>("adamw", adam<AdamWOptions>, adamKeeps<AdamWParamState, AdamWOptions>),
      row<RMSprop, RMSpropParamState>("rmsprop", rmsprop, rmspropKeeps),
      adagradRow,
      row<Lamb, LambParamState>("lamb", lamb, lambKeeps),
      lbfgsRow,
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
