#include "objects/registry.h"

#include <algorithm>
#include <random>

#include "errors.h"

namespace torchq {

Registry::Registry() {
  std::random_device random;
  // 2^45 .. 2^50, a multiple of 16 as an address would be
  next_ = (Handle{1} << 45) +
          ((static_cast<Handle>(random()) << 18 | (random() & 0x3ffff)) & ((Handle{1} << 50) - 16));
}

Handle Registry::put(UserId user, Object object) {
  Handle handle = next_;
  next_ += 16;
  entries_.emplace(handle, Entry{std::move(object), user});
  return handle;
}

Object* Registry::find(UserId user, Handle handle) {
  const auto it = entries_.find(handle);
  return it != entries_.end() && it->second.user == user ? &it->second.object : nullptr;
}

Object& Registry::get(UserId user, Handle handle) {
  auto* object = find(user, handle);
  if (!object) stale();
  return *object;
}

bool Registry::erase(UserId user, Handle handle) {
  return find(user, handle) != nullptr && entries_.erase(handle) > 0;
}

void Registry::stale() { fail("stale pointer"); }

std::vector<Handle> Registry::handles(UserId user) const {
  std::vector<Handle> result;
  for (const auto& [handle, entry] : entries_)
    if (entry.user == user) result.push_back(handle);
  std::sort(result.begin(), result.end());
  return result;
}

Registry& registry() {
  static Registry instance;
  return instance;
}

}  // namespace torchq
