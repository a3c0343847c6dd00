// The verb that calls an operator.
#include "operators/call.h"

#include "door/verb.h"
#include "verbs/results.h"
#include "verbs/verbs.h"

namespace torchq {

namespace {

Reply resultOf(const c10::IValue& value, bool asK) {
  if (value.isTensor()) return result(value.toTensor(), asK);
  if (value.isTensorList()) return resultList(value.toTensorVector(), asK);
  if (value.isBool()) return value.toBool();
  if (value.isInt()) return value.toInt();
  if (value.isDouble()) return value.toDouble();
  if (value.isScalar() && !value.isComplexDouble()) return value.toScalar().toDouble();
  return {};
}

/// The operators that were asked for, their positions being their numbers. Touched by the JavaScript thread alone.
std::vector<Operator>& known() {
  static std::vector<Operator> all;
  return all;
}

/// What the schema says: the operator's number, its arguments in order, those that it writes to.
Reply operatorInfo(const std::string& name, const std::string& overload) {
  const auto found = findOperator(name, overload);
  if (!found) return {};
  std::vector<Reply> arguments, outputs;
  for (const auto& argument : found->handle.schema().arguments()) {
    arguments.emplace_back(argument.name());
    if (argument.is_out()) outputs.emplace_back(argument.name());
  }
  known().push_back(*found);
  Record result;
  result.set("id", static_cast<double>(known().size() - 1));
  result.set("arguments", std::move(arguments)).set("outputs", std::move(outputs));
  return result;
}

/// The result is a k array or a new handle; several results are a list of k arrays or one vector handle.
Reply op(const Operator& op, const std::vector<Any>& args, bool asK) {
  const auto stack = callOperator(op, args);
  if (stack.empty()) return {};
  if (stack.size() == 1) return resultOf(stack[0], asK);
  if (!asK) {
    Tensors tensors;
    for (const auto& value : stack)
      if (value.isTensor()) tensors.push_back(value.toTensor());
    return resultList(tensors, asK);
  }
  std::vector<Reply> items;
  for (const auto& value : stack) items.push_back(resultOf(value, asK));
  return items;
}

}  // namespace

/// An operator by its number.
template <>
struct From<Operator> {
  static Operator read(const Call&, const Napi::Value& v) {
    const auto id = static_cast<size_t>(v.ToNumber().Int64Value());
    if (id >= known().size()) fail("no such operator");
    return known()[id];
  }
};

namespace {
int64_t weighArguments(const std::tuple<Operator, std::vector<Any>, bool>& call) {
  return weighCall(std::get<0>(call).growth, std::get<1>(call));
}
}  // namespace

void operatorVerbs(Verbs& verbs) {
  verbs.look<operatorInfo>("operator");
  verbs.light<op, weighArguments>("op");
}

}  // namespace torchq
