#include "operators/call.h"

#include <ATen/ScalarOps.h>
#include <ATen/core/dispatch/Dispatcher.h>

#include <algorithm>
#include <cstdint>

#include "errors.h"
#include "memory/claim.h"
#include "torch_version.h"
#include "values/names.h"

namespace torchq {

namespace {

/// Reads the arguments of one call by the operator's schema.
class Arguments {
 public:
  Arguments(const c10::FunctionSchema& schema, const std::vector<Any>& args) : schema_(schema), args_(args) {
    for (const auto& arg : args) findDevice(arg);
  }

  torch::jit::Stack stack() const {
    const auto& wanted = schema_.arguments();
    if (args_.size() > wanted.size())
      fail(schema_.name(), ": at most ", wanted.size(), " arguments, ", args_.size(), " given");
    torch::jit::Stack stack;
    for (size_t i = 0; i < wanted.size(); ++i) {
      const bool given = i < args_.size() && !args_[i].isNone();
      if (!given && wanted[i].default_value())
        stack.push_back(*wanted[i].default_value());
      else
        stack.push_back(value(i < args_.size() ? args_[i] : Any{}, *wanted[i].type(), wanted[i].name()));
    }
    return stack;
  }

 private:
  const c10::FunctionSchema& schema_;
  const std::vector<Any>& args_;
  std::optional<at::Device> device_;  // of the first tensor given by handle: k arrays follow it

  void findDevice(const Any& arg) {
    if (device_) return;
    if (const auto* input = std::get_if<Input>(&arg.value)) {
      if (input->isHandle() && input->tensor().defined()) device_ = input->tensor().device();
    } else if (const auto* list = std::get_if<std::vector<Any>>(&arg.value)) {
      for (const auto& item : *list) findDevice(item);
    }
  }

  [[noreturn]] void wrong(const std::string& name, const char* expected) const {
    fail(schema_.name(), ": ", name, ": ", expected, " expected");
  }

  at::Tensor tensor(const Any& arg, const std::string& name) const {
    if (arg.isNone()) return {};
    if (const auto* input = std::get_if<Input>(&arg.value)) {
      auto t = input->tensor();
      return device_ && input->isK() ? t.to(*device_) : t;
    }
    // A plain number takes part in type promotion as a Python number would: weaker than any tensor.
    auto t = c10::scalar_to_tensor(scalar(arg, name), device_ ? *device_ : at::kCPU);
    t.unsafeGetTensorImpl()->set_wrapped_number(true);
    return t;
  }

  at::Scalar scalar(const Any& arg, const std::string& name) const {
    if (const auto* b = std::get_if<bool>(&arg.value)) return *b;
    if (const auto* i = std::get_if<int64_t>(&arg.value)) return *i;
    if (const auto* d = std::get_if<double>(&arg.value)) return *d;
    if (const auto* input = std::get_if<Input>(&arg.value)) return input->tensor().item();
    wrong(name, "number");
  }

  int64_t integer(const Any& arg, const std::string& name) const {
    if (const auto* i = std::get_if<int64_t>(&arg.value)) return *i;
    // Data types, layouts and memory formats are integers to a schema.
    if (const auto* s = std::get_if<std::string>(&arg.value)) {
      if (name == "layout") return static_cast<int64_t>(layoutOf(*s));
      if (name == "memory_format") return static_cast<int64_t>(memoryFormatOf(*s));
      return static_cast<int64_t>(dtypeOf(*s));
    }
    wrong(name, "integer");
  }

  double number(const Any& arg, const std::string& name) const {
    if (const auto* d = std::get_if<double>(&arg.value)) return *d;
    return static_cast<double>(integer(arg, name));
  }

  c10::IValue list(const Any& arg, const c10::Type& element, const std::string& name) const {
    std::vector<Any> single{arg};
    const auto* given = std::get_if<std::vector<Any>>(&arg.value);
    const auto& items = given ? *given : single;
    const auto collect = [&](auto result, auto read) {
      for (const auto& item : items) result.push_back((this->*read)(item, name));
      return c10::IValue(std::move(result));
    };
    switch (element.kind()) {
      case c10::TypeKind::TensorType:
        return collect(c10::List<at::Tensor>(), &Arguments::tensor);
      case c10::TypeKind::IntType:
      case c10::TypeKind::SymIntType:
        return collect(c10::List<int64_t>(), &Arguments::integer);
      case c10::TypeKind::FloatType:
        return collect(c10::List<double>(), &Arguments::number);
      case c10::TypeKind::BoolType: {
        c10::List<bool> result;
        for (const auto& item : items) result.push_back(scalar(item, name).toBool());
        return result;
      }
      case c10::TypeKind::OptionalType: {
        c10::List<TorchOptional<at::Tensor>> result;
        for (const auto& item : items)
          result.push_back(item.isNone() ? TorchOptional<at::Tensor>() : tensor(item, name));
        return result;
      }
      default:
        wrong(name, "another kind of list");
    }
  }

  c10::IValue value(const Any& arg, const c10::Type& type, const std::string& name) const {
    switch (type.kind()) {
      case c10::TypeKind::OptionalType:
        if (arg.isNone()) return {};
        return value(arg, *type.containedType(0), name);
      case c10::TypeKind::TensorType:
        return tensor(arg, name);
      case c10::TypeKind::NumberType:
        return scalar(arg, name);
      case c10::TypeKind::IntType:
      case c10::TypeKind::SymIntType:
        return integer(arg, name);
      case c10::TypeKind::FloatType:
        return number(arg, name);
      case c10::TypeKind::BoolType:
        return scalar(arg, name).toBool();
      case c10::TypeKind::StringType:
        if (const auto* s = std::get_if<std::string>(&arg.value)) return *s;
        wrong(name, "symbol");
      case c10::TypeKind::DeviceObjType:
        if (const auto* s = std::get_if<std::string>(&arg.value)) return deviceOf(*s);
        wrong(name, "device");
      case c10::TypeKind::ListType:
        return list(arg, *type.containedType(0), name);
      case c10::TypeKind::GeneratorType:
        return {};
      default:
        fail(schema_.name(), ": argument ", name, " has the type ", type.str(),
             ", which the k api cannot give");
    }
  }
};

/// What kernels for sparse tensors take from malloc for each index of a dimension: a product of two has three tables of
/// them, of which one holds numbers.
constexpr size_t INDEX_BYTES = 32;

/// A sparse tensor of any sizes takes no memory; but products take it by the sizes.
size_t workspaceOf(const torch::jit::Stack& stack) {
  int64_t most = 0;
  for (const auto& value : stack) {
    if (!value.isTensor() || !value.toTensor().is_sparse()) continue;
    for (const auto size : value.toTensor().sizes()) most = std::max(most, size);
  }
  size_t bytes;
  return __builtin_mul_overflow(static_cast<size_t>(most), INDEX_BYTES, &bytes) ? SIZE_MAX : bytes;
}

}  // namespace

std::optional<Operator> findOperator(const std::string& name, const std::string& overload) {
  const auto found = c10::Dispatcher::singleton().findSchema({name, overload});
  if (!found) return {};
  return Operator{*found, growthOf(name)};
}

torch::jit::Stack callOperator(const Operator& op, const std::vector<Any>& args) {
  auto stack = Arguments(op.handle.schema(), args).stack();
  const Claim workspace(workspaceOf(stack));
  op.handle.callBoxed(&stack);
  return stack;
}

}  // namespace torchq
