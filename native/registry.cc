#include "registry.h"

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

Handle Registry::put(uint32_t user, Object object) {
  Handle handle = next_;
  next_ += 16;
  entries_.emplace(handle, Entry{std::move(object), user});
  return handle;
}

Entry* Registry::find(Handle handle) {
  auto it = entries_.find(handle);
  return it == entries_.end() ? nullptr : &it->second;
}

Entry& Registry::get(Handle handle) {
  auto* entry = find(handle);
  if (!entry) fail("stale pointer");
  return *entry;
}

void Registry::staleKind() { fail("stale pointer"); }

std::vector<Handle> Registry::handles(uint32_t user) const {
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
