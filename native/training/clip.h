// Gradients kept within bounds, without waiting for the device.
#pragma once

#include "values/options.h"

namespace torchq {

/// Scales all gradients together so that their norm is at most `most`, as torch::nn::utils::clip_grad_norm_ does, bit for
/// bit. @returns the norm that they had, on their device; undefined where there are none
at::Tensor clipNorm(const Tensors& parameters, double most, double order);
/// Each element of a gradient within -most and most.
void clipValue(const Tensors& parameters, double most);

}  // namespace torchq
