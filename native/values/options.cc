#include "values/options.h"

#include <ATen/ops/zeros.h>

#include "errors.h"

namespace torchq {

namespace {

int64_t integerOf(const Any& x, const std::string& name) {
  if (const auto* i = std::get_if<int64_t>(&x.value)) return *i;
  fail(name, ": integer expected");
}

double numberOf(const Any& x, const std::string& name) {
  if (const auto* d = std::get_if<double>(&x.value)) return *d;
  return static_cast<double>(integerOf(x, name));
}

}  // namespace

Tensors tensorsOf(const Inputs& inputs) { return tensorsOn({}, inputs); }

Tensors tensorsOn(std::optional<at::Device> device, const Inputs& inputs) {
  Tensors result;
  for (const auto& input : inputs) {
    auto t = input.tensor();
    result.push_back(device && input.isK() ? t.to(*device) : std::move(t));
  }
  return result;
}

bool Options::has(const std::string& name) const {
  for (const auto& item : items)
    if (item.first == name) return true;
  return false;
}

const Any& Options::get(const std::string& name) const {
  for (const auto& item : items)
    if (item.first == name) return item.second;
  fail("option ", name, " is missing");
}

int64_t Options::integer(const std::string& name) const { return integerOf(get(name), name); }

double Options::number(const std::string& name) const { return numberOf(get(name), name); }

bool Options::flag(const std::string& name) const {
  if (const auto* b = std::get_if<bool>(&get(name).value)) return *b;
  fail(name, ": boolean expected");
}

std::string Options::symbol(const std::string& name) const {
  if (const auto* s = std::get_if<std::string>(&get(name).value)) return *s;
  fail(name, ": symbol expected");
}

at::Tensor Options::tensor(const std::string& name) const {
  if (get(name).isNone()) return {};
  if (const auto* t = std::get_if<Input>(&get(name).value)) return t->tensor().detach();
  fail(name, ": tensor expected");
}

std::vector<int64_t> Options::integers(const std::string& name, size_t size) const {
  const auto& x = get(name);
  std::vector<int64_t> result;
  if (const auto* list = std::get_if<std::vector<Any>>(&x.value)) {
    for (const auto& item : *list) result.push_back(integerOf(item, name));
  } else {
    result.assign(size ? size : 1, integerOf(x, name));
  }
  if (size && result.size() != size) fail(name, ": ", size, " integers expected, ", result.size(), " given");
  return result;
}

std::optional<int64_t> Options::maybeInteger(const std::string& name) const {
  if (!has(name) || get(name).isNone()) return std::nullopt;
  return integer(name);
}

std::optional<double> Options::maybeNumber(const std::string& name) const {
  if (!has(name) || get(name).isNone()) return std::nullopt;
  return number(name);
}

std::optional<std::string> Options::maybeSymbol(const std::string& name) const {
  if (!has(name) || get(name).isNone()) return std::nullopt;
  return symbol(name);
}

std::optional<bool> Options::maybeFlag(const std::string& name) const {
  if (!has(name) || get(name).isNone()) return std::nullopt;
  return flag(name);
}

Options Options::withTensors(at::Tensor (*change)(const Input&)) const {
  Options result = *this;
  for (auto& [name, option] : result.items)
    if (auto* input = std::get_if<Input>(&option.value)) input->source = change(*input);
  return result;
}

Options Options::resolved() const {
  return withTensors([](const Input& x) { return x.isHandle() ? x.tensor().detach().clone() : x.tensor(); });
}

Options Options::shapes() const {
  return withTensors([](const Input& x) {
    const auto t = x.tensor();
    return t.defined() ? at::zeros({}, t.options().requires_grad(false)).expand(t.sizes()) : t;
  });
}

}  // namespace torchq
