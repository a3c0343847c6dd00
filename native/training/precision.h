// In which precision and memory format a model's module computes (train page): `autocast` and `channelslast`.
#pragma once

#include "layers/layer.h"
#include "training/settings.h"

namespace torchq {

/// As `forwardOf`, as the options say. Parameters and inputs stay what they are: with `autocast` the module computes with
/// shorter copies where libtorch holds that to be good enough, and what comes out is float again, for losses, metrics and
/// the next batch's hidden state. Nothing is left set on the calling thread.
Tensors forwardAs(const RunOptions& options, const Layer& layer, const Tensors& inputs);

}  // namespace torchq
