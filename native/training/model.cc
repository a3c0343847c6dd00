#include "training/model.h"

#include <torch/cuda.h>
#include <torch/nn/module.h>
#include <torch/optim/optimizer.h>

#include "errors.h"
#include "training/clip.h"
#include "training/precision.h"

namespace torchq {

namespace {

RunOptions testOptions() {
  RunOptions result;
  result.batchsize = 100;
  return result;
}

}  // namespace

Model::Model(std::shared_ptr<Layer> module, std::shared_ptr<Loss> loss, std::shared_ptr<Optimizer> optimizer)
    : module(std::move(module)),
      loss(std::move(loss)),
      optimizer(std::move(optimizer)),
      test{testOptions(), {}, {}, {}} {}

at::Tensor Model::lossOf(const Tensors& outputs, const Tensors& targets) const {
  auto compared = Tensors{outputs.at(0)};
  compared.insert(compared.end(), targets.begin(), targets.end());
  return loss->layer->forward(compared).at(0);
}

Computed Model::compute(const Tensors& inputs, const Tensors& targets) const {
  Computed result{forwardAs(train.options, *module, inputs), {}};
  result.loss = lossOf(result.outputs, targets);
  return result;
}

at::Tensor Model::backward(const Tensors& inputs, const Tensors& targets) const {
  const auto result = compute(inputs, targets).loss;
  result.backward();
  return result;
}

Computed Model::step(const Tensors& inputs, const Tensors& targets, const Treatment& treatment,
                     const std::function<void(const Computed&)>& look) const {
  at::Tensor first;
  const auto seen = [&] {
    auto computed = compute(inputs, targets);
    if (!first.defined()) first = computed.loss;
    if (look) look({computed.outputs, first});
    return computed;
  };
  return step(seen, treatment);
}

Computed Model::step(const std::function<Computed()>& compute, const Treatment& treatment,
                     const std::function<void()>& ready) const {
  Computed result;
  at::Tensor first;
  const auto evaluate = [&] {
    optimizer->clearGradients();
    result = compute();
    if (!first.defined()) first = result.loss;
    result.loss.backward();
    treatment.apply(result.loss);
    if (ready) ready();
    return result.loss;
  };
  optimizer->step(evaluate);
  result.loss = first;
  return result;
}

at::Tensor Model::backstep() {
  const auto& [inputs, targets] = train.data.shown();
  const bool goesOn =
      train.options.hidden && train.data.batch() > train.options.task && !train.outputs.empty();
  auto result = step(goesOn ? withHiddenState(inputs.kind, inputs.tensors, train.outputs) : inputs.tensors,
                     targets.tensors, Treatment(*optimizer, train.options));
  train.outputs = train.options.hidden ? std::move(result.outputs) : Tensors();
  return result.loss;
}

double learningRate(const Optimizer& optimizer) {
  return optimizer.optimizer->param_groups().at(0).options().get_lr();
}

Tensors withHiddenState(Samples::Kind kind, Tensors inputs, const Tensors& outputs) {
  if (kind != Samples::Kind::tensor || outputs.size() < 2)
    fail("unable to retrive hidden state from ", SAMPLES_NAMES[static_cast<size_t>(kind)], " input & ",
         outputs.size() < 2 ? "tensor" : "vector", " output");
  if (outputs.size() > 3)
    fail("unable to retrieve hidden state from ", outputs.size(), "-element vector of output(s)");
  for (size_t i = 1; i < outputs.size(); ++i) inputs.push_back(outputs[i].detach());
  return inputs;
}

Tensors managedParameters(const Optimizer& optimizer) {
  const auto layer = optimizer.layer();
  return layer ? layer->module->parameters() : Tensors();
}

std::vector<Tensors> groupParameters(const Optimizer& optimizer) {
  std::vector<Tensors> result(optimizer.definitions.size());
  for (const auto& parameter : optimizer.parameters) result.at(parameter.group).push_back(parameter.tensor);
  return result;
}

Treatment::Treatment(const Optimizer& optimizer, const RunOptions& options) : options_(options) {
  if (options.clipnorm && options.clipgroup)
    clipped_ = groupParameters(optimizer);
  else if (options.clipnorm || options.clipvalue)
    clipped_ = {managedParameters(optimizer)};
}

void Treatment::apply(const at::Tensor& loss) const {
  if (options_.sync && loss.is_cuda()) torch::cuda::synchronize(loss.get_device());
  for (const auto& parameters : clipped_) {
    if (options_.clipnorm)
      clipNorm(parameters, options_.clipnorm->most, options_.clipnorm->order);
    else
      clipValue(parameters, *options_.clipvalue);
  }
}

}  // namespace torchq
