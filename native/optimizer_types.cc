#include "optimizer_types.h"

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
                  std::function<Tensors(optim::OptimizerParamState&)> buffers) {
  return {name, [options](const Options& o) { return std::make_unique<O>(options(o)); },
          [options](const Tensors& parameters, const Options& o) -> std::unique_ptr<optim::Optimizer> {
            return std::make_unique<Impl>(parameters, options(o));
          },
          std::move(buffers)};
}

template <class State>
Tensors adamBuffers(optim::OptimizerParamState& state) {
  auto& s = static_cast<State&>(state);
  return {s.exp_avg(), s.exp_avg_sq(), s.max_exp_avg_sq()};
}

const std::vector<OptimizerType>& types() {
  static const std::vector<OptimizerType> rows = {
      row<optim::SGD>("sgd", sgd,
                      [](optim::OptimizerParamState& s) {
                        return Tensors{static_cast<optim::SGDParamState&>(s).momentum_buffer()};
                      }),
      row<optim::Adam>("adam", adam<optim::AdamOptions>, adamBuffers<optim::AdamParamState>),
      row<optim::AdamW>("adamw", adam<optim::AdamWOptions>, adamBuffers<optim::AdamWParamState>),
      row<optim::RMSprop>("rmsprop", rmsprop,
                          [](optim::OptimizerParamState& s) {
                            auto& state = static_cast<optim::RMSpropParamState&>(s);
                            return Tensors{state.square_avg(), state.momentum_buffer(), state.grad_avg()};
                          }),
      row<optim::Adagrad>("adagrad", adagrad,
                          [](optim::OptimizerParamState& s) {
                            return Tensors{static_cast<optim::AdagradParamState&>(s).sum()};
                          }),
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
