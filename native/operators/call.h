// Any ATen operator by name: libtorch's dispatcher knows every operator's schema, so arguments are read by it and the call
// is boxed, autograd included (DESIGN, decision 7). One more function of the k api is a row in TypeScript, nothing here.
#pragma once

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>

#include <optional>
#include <string>
#include <vector>

#include "operators/cost.h"
#include "values/options.h"

namespace torchq {

struct Operator {
  c10::OperatorHandle handle;
  Growth growth;
};

/// The operator `name`.`overload`, e.g. "aten::sum" and "dim_IntList"; nothing where this libtorch has none.
std::optional<Operator> findOperator(const std::string& name, const std::string& overload);

/// Calls an operator; k arrays among `args` go to the device of the first tensor handle. What is none, or is not given at
/// the end, takes the schema's default. Answers the operator's results.
torch::jit::Stack callOperator(const Operator& op, const std::vector<Any>& args);

}  // namespace torchq
