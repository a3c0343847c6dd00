// Any ATen operator by name: libtorch's dispatcher knows every operator's schema, so arguments are read by it and the call
// is boxed, autograd included (DESIGN, decision 7). One more function of the k api is a row in TypeScript, nothing here.
#pragma once

#include <ATen/core/stack.h>

#include <string>
#include <vector>

#include "values/options.h"

namespace torchq {

/// Calls the operator `name`.`overload`, e.g. "aten::sum" and "dim_IntList"; k arrays among `args` go to the device of the
/// first tensor handle. Answers the operator's results.
torch::jit::Stack callOperator(const std::string& name, const std::string& overload,
                               const std::vector<Any>& args);

}  // namespace torchq
