// Targets that come as plain numbers, as a loss wants them.
#pragma once

#include "losses/loss.h"

namespace torchq {

/// The targets in the type and shape that the loss compares with the output: classes, checked, where it wants some; else
/// the output's type, and its sizes where the numbers are as many.
/// @param given doubles on the CPU, a row a sample
at::Tensor targetFor(const Loss& loss, const at::Tensor& output, const at::Tensor& given);

}  // namespace torchq
