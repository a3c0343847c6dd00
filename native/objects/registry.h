// The registry of live objects. It is touched by the JavaScript thread alone: a job for another thread carries strong
// references to what it works on, so there is nothing to lock and a handle freed meanwhile does no harm.
//
// Nothing is found here without saying for whom: a handle of another user's object is as stale as a freed one.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "objects/object.h"

namespace torchq {

using Handle = int64_t;
/// A user's number. The process has one row of them, however many servers are in it.
using UserId = uint32_t;

class Registry {
 public:
  /// Handles start at a random place and are never given out twice, so that one from a freed object, or from an earlier
  /// process, is stale and never somebody else's. They stay below 2^53, where a double still holds them exactly.
  Registry();

  /// A number that nobody had before; 0 is nobody's.
  UserId newUser();
  /// The user is gone: his objects, and from now on nothing is made for the number.
  std::vector<Object> forget(UserId user);
  /// The user's objects, whose handles end.
  std::vector<Object> takeAll(UserId user);

  /// Throws "stale pointer" for a user who is gone.
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
  /// The user's object, whose handle ends; nothing when there was no such handle.
  std::optional<Object> take(UserId user, Handle handle);
  /// The user's handles, oldest first.
  std::vector<Handle> handles(UserId user) const;
  /// Objects of all users.
  size_t count() const { return count_; }

 private:
  using Objects = std::map<Handle, Object>;

  [[noreturn]] static void stale();
  std::unordered_map<UserId, Objects> users_;
  size_t count_ = 0;
  UserId lastUser_ = 0;
  Handle next_;
};

Registry& registry();

}  // namespace torchq
