#include "training/model.h"

#include "layers/forward.h"

namespace torchq {

at::Tensor Model::backward(const Inputs& inputs, const Inputs& targets) const {
  const auto device = module->device();
  auto compared = Tensors{forwardOf(*module, tensorsOn(device, inputs)).at(0)};
  for (auto& target : tensorsOn(device, targets)) compared.push_back(std::move(target));
  const auto result = loss->layer->forward(compared).at(0);
  result.backward();
  return result;
}

at::Tensor Model::backstep(const Inputs& inputs, const Inputs& targets) const {
  return optimizer->step([&] {
    optimizer->clearGradients();
    return backward(inputs, targets);
  });
}

}  // namespace torchq
