// The verb that calls an operator.
#include "operators/call.h"

#include "door/verb.h"
#include "verbs/results.h"
#include "verbs/verbs.h"

namespace torchq {

namespace {

Reply resultOf(const c10::IValue& value, bool asK, bool complexFirst) {
  if (value.isTensor()) return result(value.toTensor(), asK, complexFirst);
  if (value.isTensorList()) return resultList(value.toTensorVector(), asK, complexFirst);
  if (value.isBool()) return value.toBool();
  if (value.isInt()) return value.toInt();
  if (value.isDouble()) return value.toDouble();
  if (value.isScalar() && !value.isComplexDouble()) return value.toScalar().toDouble();
  return {};
}

/// The result is a k array or a new handle; several results are a list of k arrays or one vector handle.
Reply op(const std::string& name, const std::string& overload, const std::vector<Any>& args, bool asK,
         bool complexFirst) {
  const auto stack = callOperator(name, overload, args);
  if (stack.empty()) return {};
  if (stack.size() == 1) return resultOf(stack[0], asK, complexFirst);
  if (!asK) {
    Tensors tensors;
    for (const auto& value : stack)
      if (value.isTensor()) tensors.push_back(value.toTensor());
    return resultList(tensors, asK, complexFirst);
  }
  std::vector<Reply> items;
  for (const auto& value : stack) items.push_back(resultOf(value, asK, complexFirst));
  return items;
}

}  // namespace

void operatorVerbs(Verbs& verbs) { verbs.work<op>("op"); }

}  // namespace torchq
