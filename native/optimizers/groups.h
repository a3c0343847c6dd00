// Parameter groups: making an optimizer of some, giving it more.
#pragma once

#include "layers/members.h"
#include "optimizers/optimizer.h"

namespace torchq {

/// Tensors to be managed, of a layer or plain ones.
struct Source {
  std::shared_ptr<Layer> layer;  ///< null for plain tensors
  Members all;
  std::vector<std::string> names;  ///< which of them are wanted, in order; all where empty
};

/// What a group's options are, read and as `opt` gives them back.
struct GroupOptions {
  Options values;
  std::vector<uint8_t> definition;
};

std::shared_ptr<Optimizer> makeOptimizer(const std::string& type, const GroupOptions& options,
                                         const std::vector<Source>& sources);

/// Adds a group, or options and parameters to one; nothing is changed by a call that fails.
void extendOptimizer(Optimizer& optimizer, int64_t group, const GroupOptions& options,
                     const std::vector<Source>& sources);

}  // namespace torchq
