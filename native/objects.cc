// Verbs on objects of any class.
#include "rooms.h"
#include "verb.h"

namespace torchq {

namespace {

Entry* owned(int64_t user, Handle handle) {
  auto* entry = registry().find(handle);
  return entry && entry->user == user ? entry : nullptr;
}

/// The class of the user's object, or nothing for a handle that is stale or somebody else's.
std::optional<std::string> kind(int64_t user, int64_t handle) {
  const auto* entry = owned(user, handle);
  if (!entry) return {};
  return KIND_NAMES[entry->object.index()];
}

std::vector<Reply> handles(int64_t user) {
  std::vector<Reply> result;
  for (const auto handle : registry().handles(static_cast<uint32_t>(user))) result.push_back(static_cast<double>(handle));
  return result;
}

bool release(int64_t handle) { return registry().erase(handle); }

int64_t objectCount() { return static_cast<int64_t>(registry().count()); }

/// A second handle to the same object. For a tensor the handle is new, the tensor's storage shared.
Made addref(const Object& object) { return {object}; }

/// The address of the object itself: equal for all handles to it.
int64_t address(const Object& object) {
  return std::visit(
      [](const auto& x) -> int64_t {
        using T = std::decay_t<decltype(x)>;
        if constexpr (std::is_same_v<T, at::Tensor>)
          return reinterpret_cast<int64_t>(x.unsafeGetTensorImpl());
        else
          return reinterpret_cast<int64_t>(x.get());
      },
      object);
}

}  // namespace

void objectVerbs(Verbs& verbs) {
  verbs.cheap<kind>("kind");
  verbs.cheap<handles>("handles");
  verbs.cheap<release>("release");
  verbs.cheap<objectCount>("objectCount");
  verbs.cheap<addref>("addref");
  verbs.cheap<address>("address");
}

}  // namespace torchq
