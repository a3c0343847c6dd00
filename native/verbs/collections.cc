// Verbs on vectors and dictionaries of tensors.
#include <ATen/ExpandUtils.h>
#include <ATen/core/grad_mode.h>

#include "door/verb.h"
#include "objects/members.h"
#include "verbs/results.h"
#include "verbs/verbs.h"

namespace torchq {

namespace {

Made vectorOf(const Tensors& tensors) {
  checkMembers(tensors.size());
  return {std::make_shared<TensorVector>(TensorVector{tensors})};
}

/// A repeated name keeps its last value, as a q dictionary made of pairs would.
Made dictOf(const std::vector<std::string>& names, const Tensors& tensors) {
  if (names.size() != tensors.size()) fail("dict: ", names.size(), " names for ", tensors.size(), " tensors");
  checkMembers(names.size());
  auto dict = std::make_shared<TensorDict>();
  for (size_t i = 0; i < names.size(); ++i) {
    if (auto* old = dict->items.find(names[i]))
      *old = tensors[i];
    else
      dict->items.insert(names[i], tensors[i]);
  }
  return {dict};
}

std::vector<std::string> names(const std::shared_ptr<TensorDict>& dict) { return dict->items.keys(); }

/// libtorch's words, from the container that it keeps vectors in.
[[noreturn]] void outOfRange(int64_t index, size_t size) {
  fail("vector::_M_range_check: __n (which is ", static_cast<size_t>(index), ") >= this->size() (which is ",
       size, ")");
}

/// The index of a member by position or name; libtorch's and the library's own errors where it is not there.
size_t indexOf(const Members& members, const Any& which) {
  if (const auto* i = std::get_if<int64_t>(&which.value)) {
    const auto index = static_cast<size_t>(*i);
    if (index >= members.tensors.size()) outOfRange(*i, members.tensors.size());
    return index;
  }
  if (const auto* name = std::get_if<std::string>(&which.value)) {
    if (const auto index = members.find(*name)) return *index;
    fail("dictionary key: `", *name, " not found");
  }
  fail("index or name of a member expected");
}

std::vector<Reply> retrieveMembers(const Object& object, const std::optional<std::vector<Any>>& which) {
  const auto members = membersOf(object);
  if (!which) return kArrays(members.tensors);
  Tensors chosen;
  for (const auto& one : *which) chosen.push_back(members.tensors[indexOf(members, one)]);
  return kArrays(chosen);
}

Made member(const Object& object, const Any& which) {
  const auto members = membersOf(object);
  return {members.tensors[indexOf(members, which)]};
}

void setVector(TensorVector& vector, const std::vector<Any>& which, const Tensors& values) {
  auto items = vector.items;  // a failure half-way leaves the vector as it was
  for (size_t i = 0; i < which.size(); ++i) {
    const auto* index = std::get_if<int64_t>(&which[i].value);
    if (!index) fail("vector: index expected");
    if (*index == static_cast<int64_t>(items.size())) {
      items.push_back(values[i]);
    } else if (*index < 0 || *index > static_cast<int64_t>(items.size())) {
      outOfRange(*index, items.size());
    } else {
      items[static_cast<size_t>(*index)] = values[i];
    }
  }
  checkMembers(items.size());
  vector.items = std::move(items);
}

void checkBroadcast(const at::Tensor& old, const at::Tensor& value, const std::string& name) {
  if (!value.defined() || !at::is_expandable_to(value.sizes(), old.sizes()))
    fail("dict[`", name, "] with size of ", old.sizes(), " cannot be updated with new values of size ",
         value.defined() ? value.sizes() : at::IntArrayRef());
}

void setDict(TensorDict& dict, const std::vector<Any>& which, const Tensors& values) {
  at::NoGradGuard noGrad;
  // Sizes first: copying into a tensor that requires a gradient is the only step that can fail.
  size_t added = 0;
  for (size_t i = 0; i < which.size(); ++i) {
    const auto* name = std::get_if<std::string>(&which[i].value);
    if (!name) fail("dict: name expected");
    const auto* old = dict.items.find(*name);
    if (!old) ++added;
    if (old && old->defined() && old->requires_grad()) checkBroadcast(*old, values[i], *name);
  }
  checkMembers(dict.items.size() + added);
  for (size_t i = 0; i < which.size(); ++i) {
    const auto& name = std::get<std::string>(which[i].value);
    auto* old = dict.items.find(name);
    if (!old)
      dict.items.insert(name, values[i]);
    else if (old->defined() && old->requires_grad())
      old->copy_(values[i]);
    else
      *old = values[i];
  }
}

void setMembers(const Object& object, const std::vector<Any>& which, const Tensors& values) {
  if (which.size() != values.size()) fail(which.size(), " members but ", values.size(), " values");
  if (auto* vector = objectAs<TensorVector>(object))
    setVector(*vector, which, values);
  else if (auto* dict = objectAs<TensorDict>(object))
    setDict(*dict, which, values);
  else
    fail("vector or dictionary expected");
}

}  // namespace

void collectionVerbs(Verbs& verbs) {
  verbs.light<vectorOf>("vector");
  verbs.light<dictOf>("dict");
  verbs.look<names>("names");
  verbs.light<retrieveMembers>("retrieveMembers");
  verbs.look<member>("member");
  verbs.light<setMembers>("setMembers");
}

}  // namespace torchq
