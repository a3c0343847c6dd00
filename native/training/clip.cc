#include "training/clip.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>

namespace torchq {

at::Tensor clipNorm(const Tensors& parameters, double most, double order) {
  at::NoGradGuard noGrad;
  Tensors gradients;
  for (const auto& parameter : parameters)
    if (parameter.defined() && parameter.grad().defined()) gradients.push_back(parameter.grad());
  if (gradients.empty()) return {};
  const bool largest = std::isinf(order) && order > 0;
  at::Tensor norm;
  if (order == 0) {
    norm = at::full({}, static_cast<double>(gradients.size()));
  } else {
    Tensors norms;
    for (const auto& gradient : gradients)
      norms.push_back(largest ? gradient.abs().max() : gradient.norm(order));
    if (norms.size() == 1)
      norm = norms[0];
    else
      norm = largest ? at::max(at::stack(norms)) : at::stack(norms).norm(order);
  }
  const auto factor = at::clamp(most / (norm + 1e-6), c10::nullopt, 1.0);
  for (auto& gradient : gradients) gradient.mul_(factor);
  return norm;
}

void clipValue(const Tensors& parameters, double most) {
  at::NoGradGuard noGrad;
  for (const auto& parameter : parameters)
    if (parameter.defined() && parameter.grad().defined()) parameter.grad().clamp_(-most, most);
}

}  // namespace torchq
