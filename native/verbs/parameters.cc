// Verbs on the named tensors of an object: parameters and buffers of modules, members of dictionaries and vectors.
// Freezing is here: flags and values of several tensors are set together or not at all.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <limits>

#include "door/verb.h"
#include "objects/members.h"
#include "verbs/verbs.h"

namespace torchq {

namespace {

/// The tensors of the module at the path below; of all of it for an empty path.
NamedTensors tensorsAt(const Object& object, const std::optional<std::string>& path,
                       const std::string& what) {
  return namedTensors(*moduleAt(layerOf(object).module, path.value_or("")), whatOf(what));
}

std::vector<std::string> tensorNames(const Object& object, const std::string& what,
                                     const std::optional<std::string>& path) {
  return tensorsAt(object, path, what).keys();
}

/// The type of the layer that holds each tensor.
std::vector<std::string> tensorTypes(const Object& object, const std::string& what) {
  const auto& root = layerOf(object);
  auto types = namedTensors(*root.module, whatOf(what)).keys();
  for (auto& name : types) name = holderType(root, name);
  return types;
}

Made tensorDict(const Object& object, const std::string& what, const std::optional<std::string>& path) {
  auto dict = std::make_shared<TensorDict>();
  dict->what = what;
  for (const auto& item : tensorsAt(object, path, what)) dict->items.insert(item.key(), item.value());
  return {dict};
}

Reply tensorOf(const Object& object, const std::string& what, const std::string& name) {
  const auto members = membersOf(object, whatOf(what));
  const auto index = members.find(name);
  if (!index) return {};
  return Made{members.tensors[*index]};
}

std::optional<std::string> dictType(const std::shared_ptr<TensorDict>& dict) {
  if (dict->what.empty()) return {};
  return dict->what == "buffers" ? "buffer" : "parameter";
}

/// One element fills; else the sizes are the target's: a value is never broadcast, which mistakes would look like.
void checkSize(const at::Tensor& target, const at::Tensor& value, const std::string& name,
               const std::string& who) {
  if (value.numel() != 1 && value.sizes() != target.sizes())
    fail(who, ": size mismatch for parameter `", name, ", size is ", target.sizes(), " vs new size of ",
         value.sizes());
}

/// The null of the k integers of this type; nothing for types without.
std::optional<int64_t> nullOf(at::ScalarType type) {
  switch (type) {
    case at::kLong:
      return std::numeric_limits<int64_t>::min();
    case at::kInt:
      return std::numeric_limits<int32_t>::min();
    case at::kShort:
      return std::numeric_limits<int16_t>::min();
    default:
      return {};
  }
}

/// Sets the target's values; nulls among integers become nulls among floats.
void setValues(const at::Tensor& target, const at::Tensor& value) {
  auto from = value.numel() == 1 ? value.reshape({}) : value;
  const auto null = nullOf(from.scalar_type());
  if (null && target.is_floating_point()) {
    const auto nulls = from.eq(*null);
    from = from.to(target.scalar_type()).masked_fill_(nulls, std::numeric_limits<double>::quiet_NaN());
  }
  target.copy_(from);
}

void checkGradient(const at::Tensor& t) {
  if (!t.is_floating_point() && !t.is_complex())
    fail("Only Tensors of floating point and complex dtype can require gradients");
}

/// One change of a freeze or set call.
struct Change {
  at::Tensor target;
  at::Tensor value;  ///< undefined: the value stays
};

/// What named tensors get: values, flags, or both. Without names it is for all.
struct NewValues {
  std::optional<std::vector<std::string>> names;
  std::optional<Inputs> values;
  std::optional<bool> flag;
};

int64_t weigh(const NewValues& x) { return torchq::weigh(x.values); }

/// Everything is checked before anything is set, so that a call that fails changes nothing.
void setTensors(const Object& object, const std::string& what, const NewValues& wanted,
                const std::string& who) {
  const auto& [names, inputs, flag] = wanted;
  const auto values = inputs ? std::optional<Tensors>(tensorsOf(*inputs)) : std::nullopt;
  at::NoGradGuard noGrad;
  const auto members = membersOf(object, whatOf(what));
  std::vector<Change> changes;
  if (names) {
    for (const auto& name : *names) {
      const auto index = members.find(name);
      if (!index) fail(who, ": unable to find parameter `", name);
      changes.push_back({members.tensors[*index], {}});
    }
  } else {
    for (const auto& t : members.tensors) changes.push_back({t, {}});
  }
  if (values) {
    if (values->size() != changes.size())
      fail(who, ": ", changes.size(), "-element list of names but ", values->size(),
           "-element list of values");
    for (size_t i = 0; i < changes.size(); ++i) {
      checkSize(changes[i].target, (*values)[i], names ? (*names)[i] : std::string(), who);
      changes[i].value = (*values)[i];
    }
  }
  if (flag && *flag)
    for (const auto& change : changes) checkGradient(change.target);
  for (auto& [target, value] : changes) {
    if (value.defined()) setValues(target, value);
    // A tensor that was computed has its flag from its inputs; freezing it does nothing (reference notes).
    if (flag && target.defined() && (*flag || target.is_leaf())) target.requires_grad_(*flag);
  }
}

void add(const std::shared_ptr<Layer>& layer, const std::string& what, const std::string& name,
         const at::Tensor& value, bool grad) {
  auto copy = value.detach().clone();
  const bool parameter = whatOf(what) == What::parameters;
  if (parameter && grad) checkGradient(copy);
  addTensor(*layer->module, whatOf(what), name, copy, grad);
}

}  // namespace

template <>
struct From<NewValues> {
  static NewValues read(const Call& call, const Napi::Value& v) {
    const auto object = objectFrom(v);
    return {From<std::optional<std::vector<std::string>>>::read(call, object.Get("names")),
            From<std::optional<Inputs>>::read(call, object.Get("values")),
            From<std::optional<bool>>::read(call, object.Get("flag"))};
  }
};

void parameterVerbs(Verbs& verbs) {
  verbs.look<tensorNames>("tensorNames");
  verbs.look<tensorTypes>("tensorTypes");
  verbs.look<tensorDict>("tensorDict");
  verbs.look<tensorOf>("tensorOf");
  verbs.look<dictType>("dictType");
  verbs.light<setTensors>("setTensors");
  verbs.light<add>("addTensor");
}

}  // namespace torchq
