#include "objects/registry.h"

#include <random>
#include <utility>

#include "errors.h"

namespace torchq {

Registry::Registry() {
  std::random_device random;
  // 2^45 .. 2^50, a multiple of 16 as an address would be
  next_ = (Handle{1} << 45) +
          ((static_cast<Handle>(random()) << 18 | (random() & 0x3ffff)) & ((Handle{1} << 50) - 16));
}

UserId Registry::newUser() {
  users_.emplace(++lastUser_, Objects());
  return lastUser_;
}

std::vector<Object> Registry::forget(UserId user) {
  auto objects = takeAll(user);
  users_.erase(user);
  return objects;
}

std::vector<Object> Registry::takeAll(UserId user) {
  std::vector<Object> result;
  const auto it = users_.find(user);
  if (it == users_.end()) return result;
  result.reserve(it->second.size());
  for (auto& [handle, object] : it->second) result.push_back(std::move(object));
  count_ -= it->second.size();
  it->second.clear();
  return result;
}

Handle Registry::put(UserId user, Object object) {
  const auto it = users_.find(user);
  if (it == users_.end()) stale();
  const Handle handle = next_;
  next_ += 16;
  it->second.emplace_hint(it->second.end(), handle, std::move(object));
  ++count_;
  return handle;
}

Object* Registry::find(UserId user, Handle handle) {
  const auto objects = users_.find(user);
  if (objects == users_.end()) return nullptr;
  const auto it = objects->second.find(handle);
  return it != objects->second.end() ? &it->second : nullptr;
}

Object& Registry::get(UserId user, Handle handle) {
  auto* object = find(user, handle);
  if (!object) stale();
  return *object;
}

std::optional<Object> Registry::take(UserId user, Handle handle) {
  auto* object = find(user, handle);
  if (!object) return {};
  auto result = std::move(*object);
  users_.at(user).erase(handle);
  --count_;
  return result;
}

void Registry::stale() { fail("stale pointer"); }

std::vector<Handle> Registry::handles(UserId user) const {
  std::vector<Handle> result;
  const auto it = users_.find(user);
  if (it == users_.end()) return result;
  result.reserve(it->second.size());
  for (const auto& [handle, object] : it->second) result.push_back(handle);
  return result;
}

Registry& registry() {
  static Registry instance;
  return instance;
}

}  // namespace torchq
