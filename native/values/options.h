// Arguments as TypeScript hands them down: tensors, values whose type somebody else decides, named options.
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "wire/read.h"

namespace torchq {

using Tensors = std::vector<at::Tensor>;

/// A tensor argument: a handle, already resolved, or a k array that becomes a tensor when the job runs.
struct Input {
  std::variant<std::monostate, at::Tensor, KView> source;

  at::Tensor tensor() const {
    if (const auto* t = std::get_if<at::Tensor>(&source)) return *t;
    if (const auto* k = std::get_if<KView>(&source)) return tensorFromK(*k);
    return {};
  }
  bool isHandle() const { return std::holds_alternative<at::Tensor>(source); }
  bool isK() const { return std::holds_alternative<KView>(source); }
};

using Inputs = std::vector<Input>;

/// The inputs' tensors.
Tensors tensorsOf(const Inputs& inputs);
/// The same; k arrays among them go to the device, if one is given.
Tensors tensorsOn(std::optional<at::Device> device, const Inputs& inputs);

/// An argument whose type the schema of an operator, or an options row, decides.
struct Any {
  std::variant<std::monostate, bool, int64_t, double, std::string, Input, std::vector<Any>> value;

  bool isNone() const { return std::holds_alternative<std::monostate>(value); }
};

/// Named options, complete: TypeScript has filled every default in.
class Options {
 public:
  std::vector<std::pair<std::string, Any>> items;

  const Any& get(const std::string& name) const;
  bool has(const std::string& name) const;
  int64_t integer(const std::string& name) const;
  double number(const std::string& name) const;
  bool flag(const std::string& name) const;
  std::string symbol(const std::string& name) const;
  /// Shares the values, but is a tensor of its own.
  at::Tensor tensor(const std::string& name) const;
  /// A list of integers; a single one is repeated to `size` members where size is not 0.
  std::vector<int64_t> integers(const std::string& name, size_t size = 0) const;
  /// Absent or null options give nothing.
  std::optional<int64_t> maybeInteger(const std::string& name) const;
  std::optional<double> maybeNumber(const std::string& name) const;
  std::optional<std::string> maybeSymbol(const std::string& name) const;
  std::optional<bool> maybeFlag(const std::string& name) const;
  /// The same with the k arrays among them as tensors, and tensors of handles as copies.
  Options resolved() const;
  /// The same with tensors that have the shape and type of theirs, but no memory to speak of.
  Options shapes() const;

 private:
  Options withTensors(at::Tensor (*change)(const Input&)) const;
};

}  // namespace torchq
