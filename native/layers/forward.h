// A module's calculation, in a mode of its own for the time of a call.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "layers/layer.h"

namespace torchq {

/// A module in training or evaluation mode for the time of a calculation, then put back part by part. Parts of a training
/// module that evaluate go on doing so; in evaluation mode all do.
class InMode {
 public:
  InMode(torch::nn::Module& module, bool training);
  ~InMode();
  InMode(const InMode&) = delete;
  InMode& operator=(const InMode&) = delete;

 private:
  std::vector<std::pair<std::shared_ptr<torch::nn::Module>, bool>> before_;
};

/// As `Layer::forward`. Where libtorch refuses because of an input's type, or an input has no elements, its error says
/// which side has which type and what to do: q's decimals are doubles, modules float.
Tensors forwardOf(const Layer& layer, const Tensors& inputs);

/// @param mode "train": training mode, with gradients; "nograd": training mode, no gradients; "evaluate": evaluation mode,
/// no gradients; "evalgrad": evaluation mode, with gradients; "within": as what it is a part of, in the module's own mode
Tensors forwardIn(const std::string& mode, const Layer& layer, const Tensors& inputs);

}  // namespace torchq
