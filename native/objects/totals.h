// What an object holds in all.
#pragma once

#include <cstdint>

#include "objects/object.h"

namespace torchq {

struct Totals {
  int64_t tensors = 0;
  int64_t elements = 0;
  int64_t bytes = 0;
};

/// Of tensors, or a module's parameters and buffers, or an optimizer's own buffers, or a model's of both kinds. A feed has
/// its champion alone: the model is an object beside it.
Totals totalsOf(const Object& object);

}  // namespace torchq
