// The registry of live objects. It is touched by the JavaScript thread alone: a job for the engine thread carries strong
// references to what it works on, so there is nothing to lock and a handle freed meanwhile does no harm.
#pragma once

#include "objects.h"

namespace torchq {

using Handle = int64_t;

struct Entry {
  Object object;
  uint32_t user;  ///< interned user id; only this user's sessions may use the handle
};

class Registry {
 public:
  /// Handles start at a random place and are never given out twice, so that one from a freed object, or from an earlier
  /// process, is stale and never somebody else's. They stay below 2^53, where a double still holds them exactly.
  Registry();

  Handle put(uint32_t user, Object object);
  /// Null when there is no such handle.
  Entry* find(Handle handle);
  /// Throws "stale pointer" when there is no such handle.
  Entry& get(Handle handle);
  /// The object behind the handle; throws "stale pointer" when it is gone or of another kind.
  template <class T>
  T& get(Handle handle) {
    auto* object = std::get_if<T>(&get(handle).object);
    if (!object) staleKind();
    return *object;
  }
  bool erase(Handle handle) { return entries_.erase(handle) > 0; }
  /// The user's handles, oldest first.
  std::vector<Handle> handles(uint32_t user) const;
  size_t count() const { return entries_.size(); }

 private:
  [[noreturn]] static void staleKind();
  std::unordered_map<Handle, Entry> entries_;
  Handle next_;
};

Registry& registry();

}  // namespace torchq
