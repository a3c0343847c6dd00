// Verbs on objects of any class.
#include "members.h"
#include "model.h"
#include "rooms.h"
#include "tensor_info.h"
#include "verb.h"

namespace torchq {

namespace {

/// The class of the user's object, or nothing for a handle that is stale or somebody else's.
std::optional<std::string> kind(User user, int64_t handle) {
  const auto* entry = registry().find(handle);
  if (!entry || entry->user != user.id) return {};
  return KIND_NAMES[entry->object.index()];
}

std::vector<Reply> handles(User user) {
  std::vector<Reply> result;
  for (const auto handle : registry().handles(user.id)) result.emplace_back(static_cast<double>(handle));
  return result;
}

bool release(int64_t handle) { return registry().erase(handle); }

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
  for (const auto& t : members.tensors) values.push_back(read(t));
  Record result;
  result.set("names", members.names).set("values", std::move(values));
  return result;
}

Tensors allTensors(const Object& object) {
  if (const auto* o = std::get_if<std::shared_ptr<Optimizer>>(&object)) return (*o)->buffers();
  auto tensors = membersOf(object).tensors;
  if (object.index() < 3) return tensors;  // tensor, vector, dictionary: no buffers
  for (const auto& t : membersOf(object, What::buffers).tensors) tensors.push_back(t);
  if (const auto* m = std::get_if<std::shared_ptr<Model>>(&object))
    for (const auto& t : (*m)->optimizer->buffers()) tensors.push_back(t);
  return tensors;
}

Record totals(const Object& object) {
  int64_t count = 0, elements = 0, bytes = 0;
  for (const auto& t : allTensors(object)) {
    ++count;
    if (!t.defined()) continue;
    elements += tensorElements(t);
    bytes += tensorBytes(t);
  }
  Record result;
  result.set("tensors", count).set("elements", elements).set("bytes", bytes);
  return result;
}

}  // namespace

void objectVerbs(Verbs& verbs) {
  verbs.cheap<kind>("kind");
  verbs.cheap<handles>("handles");
  verbs.cheap<release>("release");
  verbs.cheap<objectCount>("objectCount");
  verbs.cheap<addref>("addref");
  verbs.cheap<address>("address");
  verbs.cheap<references>("references");
  verbs.cheap<attribute>("attribute");
  verbs.cheap<totals>("totals");
}

}  // namespace torchq
