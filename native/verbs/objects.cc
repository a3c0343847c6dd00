// Verbs on objects of any class.
#include <ATen/core/Formatting.h>

#include "door/verb.h"
#include "objects/members.h"
#include "objects/tensor_info.h"
#include "objects/totals.h"
#include "verbs/verbs.h"

namespace torchq {

namespace {

/// The class of the user's object, or nothing for a handle that is stale or somebody else's.
std::optional<std::string> kind(User user, Handle handle) {
  const auto* object = registry().find(user.id, handle);
  if (!object) return {};
  return KIND_NAMES[object->index()];
}

std::vector<Reply> handles(User user) {
  std::vector<Reply> result;
  for (const auto handle : registry().handles(user.id)) result.emplace_back(static_cast<double>(handle));
  return result;
}

/// Lets `handle` stand for the object of `source`, whose own handle ends. Other handles to the old object keep it.
void replace(User user, Handle handle, Handle source) {
  registry().get(user.id, handle) = registry().get(user.id, source);
  registry().erase(user.id, source);
}

bool release(User user, Handle handle) { return registry().erase(user.id, handle); }

int64_t objectCount() { return static_cast<int64_t>(registry().count()); }

Made addref(const Object& object) { return {object}; }

int64_t address(const Object& object) {
  return std::visit(
      [](const auto& x) -> int64_t {
        if constexpr (std::is_same_v<std::decay_t<decltype(x)>, at::Tensor>)
          return reinterpret_cast<int64_t>(x.unsafeGetTensorImpl());
        else
          return reinterpret_cast<int64_t>(x.get());
      },
      object);
}

/// References to the object, the one that this call holds left out.
int64_t references(const Object& object) {
  return std::visit([](const auto& x) -> int64_t { return static_cast<int64_t>(x.use_count()) - 1; }, object);
}

Reply attribute(const Object& object, const std::string& name) {
  const auto read = tensorAttribute(name);
  if (const auto* t = std::get_if<at::Tensor>(&object)) return read(*t);
  const auto members = membersOf(object);
  std::vector<Reply> values;
  values.reserve(members.tensors.size());
  for (const auto& t : members.tensors) values.emplace_back(read(t));
  Record result;
  result.set("names", members.names).set("values", std::move(values));
  return result;
}

/// libtorch's own display of a tensor or of the module in a module, loss or model.
std::string display(const Object& object) {
  if (const auto* t = std::get_if<at::Tensor>(&object)) return text(*t);
  return layerOf(object).display();
}

Record totals(const Object& object) {
  const auto sum = totalsOf(object);
  Record result;
  result.set("tensors", sum.tensors).set("elements", sum.elements).set("bytes", sum.bytes);
  return result;
}

}  // namespace

void objectVerbs(Verbs& verbs) {
  verbs.cheap<kind>("kind");
  verbs.cheap<handles>("handles");
  verbs.cheap<replace>("replace");
  verbs.cheap<release>("release");
  verbs.cheap<objectCount>("objectCount");
  verbs.cheap<addref>("addref");
  verbs.cheap<address>("address");
  verbs.cheap<references>("references");
  verbs.cheap<attribute>("attribute");
  verbs.work<display>("display");
  verbs.cheap<totals>("totals");
}

}  // namespace torchq
