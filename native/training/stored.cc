#include "training/stored.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "errors.h"
#include "layers/members.h"
#include "values/names.h"

namespace torchq {

namespace {

Named namedOf(const Layer& layer, What what) {
  Named result;
  for (const auto& item : namedTensors(*layer.module, what))
    if (item.value().defined()) result.emplace_back(item.key(), item.value());
  return result;
}

std::string keptName(const Optimizer& optimizer, const Optimizer::Parameter& parameter, const char* name) {
  return optimizer.shownName(parameter) + "/" + name;
}

struct Change {
  at::Tensor target, value;
};

/// Every tensor has its value, and every value its tensor.
std::vector<Change> changesOf(const char* what, const Named& targets, const Named& values) {
  std::unordered_map<std::string, at::Tensor> given(values.begin(), values.end());
  std::vector<Change> result;
  for (const auto& [name, target] : targets) {
    const auto found = given.find(name);
    if (found == given.end()) fail("no ", what, " `", name, " is stored");
    const auto& value = found->second;
    if (value.sizes() != target.sizes())
      fail(what, " `", name, " is of sizes ", target.sizes(), ", stored is ", value.sizes());
    if (value.scalar_type() != target.scalar_type())
      fail(what, " `", name, " is ", nameOf(target.scalar_type()), ", stored is ",
           nameOf(value.scalar_type()));
    result.push_back({target, value});
    given.erase(found);
  }
  for (const auto& [name, value] : values)
    if (given.count(name)) fail("the module has no ", what, " `", name, ", which is stored");
  return result;
}

/// What is stored for each parameter of the optimizer.
std::vector<Optimizer::Saved> savedOf(const Optimizer& optimizer, const Named& stored) {
  std::vector<Optimizer::Saved> result(optimizer.parameters.size());
  std::unordered_map<std::string, size_t> positions;
  for (size_t i = 0; i < optimizer.parameters.size(); ++i)
    positions.emplace(optimizer.shownName(optimizer.parameters[i]), i);
  for (const auto& [name, value] : stored) {
    const auto slash = name.rfind('/');
    const auto found = positions.find(name.substr(0, slash));
    if (slash == std::string::npos || found == positions.end())
      fail("the optimizer has no place for `", name, ", which is stored");
    result[found->second].names.push_back(name.substr(slash + 1));
    result[found->second].values.push_back(value);
  }
  return result;
}

}  // namespace

Stored storedOf(const Layer& layer, const Optimizer* optimizer) {
  Stored result{namedOf(layer, What::parameters), namedOf(layer, What::buffers), {}, {}};
  for (const auto& [name, t] : result.parameters)
    if (!t.requires_grad()) result.frozen.push_back(name);
  if (!optimizer) return result;
  std::unordered_set<std::string> names;
  for (const auto& parameter : optimizer->parameters) {
    if (!names.insert(optimizer->shownName(parameter)).second)
      fail("the optimizer has two parameters `", optimizer->shownName(parameter));
    for (const auto& [name, form, tensors] : optimizer->buffers(parameter)) {
      if (form == Optimizer::Buffer::Form::list)
        fail("lists of tensors of ", optimizer->type, " are not stored");
      if (tensors.at(0).defined())
        result.optimizer.emplace_back(keptName(*optimizer, parameter, name), tensors[0]);
    }
  }
  return result;
}

void restoreStored(const Layer& layer, Optimizer* optimizer, const Stored& stored) {
  at::NoGradGuard noGrad;
  const auto parameters = namedOf(layer, What::parameters);
  auto changes = changesOf("parameter", parameters, stored.parameters);
  for (auto& change : changesOf("buffer", namedOf(layer, What::buffers), stored.buffers))
    changes.push_back(std::move(change));
  const std::unordered_set<std::string> frozen(stored.frozen.begin(), stored.frozen.end());
  if (optimizer) optimizer->restore(savedOf(*optimizer, stored.optimizer));
  for (auto& [target, value] : changes) target.copy_(value);
  for (const auto& [name, t] : parameters)
    if (t.is_leaf() && (t.is_floating_point() || t.is_complex())) t.requires_grad_(frozen.count(name) == 0);
}

}  // namespace torchq
