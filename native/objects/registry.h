// The registry of live objects. It is touched by the JavaScript thread alone: a job for another thread carries strong
// references to what it works on, so there is nothing to lock and a handle freed meanwhile does no harm.
//
// Nothing is found here without saying for whom: a handle of another user's object is as stale as a freed one.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "objects/object.h"

namespace torchq {

using Handle = int64_t;
/// A user's number, given out by TypeScript.
using UserId = uint32_t;

class Registry {
 public:
  /// Handles start at a random place and are never given out twice, so that one from a freed object, or from an earlier
  /// process, is stale and never somebody else's. They stay below 2^53, where a double still holds them exactly.
  Registry();

  Handle put(UserId user, Object object);
  /// The user's object; null when the user has no such handle.
  Object* find(UserId user, Handle handle);
  /// The same; throws "stale pointer".
  Object& get(UserId user, Handle handle);
  /// The user's object of a class; throws "stale pointer" when it is gone or of another class.
  template <class T>
  T& get(UserId user, Handle handle) {
    auto* object = std::get_if<T>(&get(user, handle));
    if (!object) stale();
    return *object;
  }
  /// Whether there was such a handle.
  bool erase(UserId user, Handle handle);
  /// The user's handles, oldest first.
  std::vector<Handle> handles(UserId user) const;
  /// Objects of all users.
  size_t count() const { return entries_.size(); }

 private:
  struct Entry {
    Object object;
    UserId user;
  };

  [[noreturn]] static void stale();
  std::unordered_map<Handle, Entry> entries_;
  Handle next_;
};

Registry& registry();

}  // namespace torchq
