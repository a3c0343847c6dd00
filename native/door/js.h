// JavaScript values to C++ and back (the table in reply.h). Everything here runs on the JavaScript thread.
#pragma once

#include <napi.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "door/reply.h"
#include "errors.h"
#include "memory/shared.h"
#include "objects/registry.h"
#include "values/options.h"

namespace torchq {

/// Who calls. A handle is looked up for the user, and objects that are made become the user's.
struct Call {
  Napi::Env env;
  UserId user;
};

/// The user of calls that work for no user and make no objects.
constexpr UserId NOBODY = 0;

/// Runs on the JavaScript thread what may throw: any error becomes JavaScript's.
template <class F>
Napi::Value guarded(Napi::Env env, F run) {
  try {
    return run();
  } catch (const Napi::Error&) {
    throw;
  } catch (...) {
    throw Napi::Error::New(env, currentError());
  }
}

/// Settles a promise by the value that `make` gives, or by its error.
template <class F>
void settle(Napi::Env env, const Napi::Promise::Deferred& promise, F make) {
  Napi::Value value;
  try {
    value = guarded(env, make);
  } catch (const Napi::Error& error) {
    promise.Reject(error.Value());
    return;
  }
  promise.Resolve(value);
}

/// Reads one argument. `What` is the type that a verb's parameter is stored as until the verb runs.
template <class What>
struct From;

/// What From gives.
template <class What>
using Read = decltype(From<What>::read(std::declval<const Call&>(), std::declval<Napi::Value>()));

/// Throws for more bytes than a buffer can have.
void checkBuffer(size_t size);

/// A buffer over bytes of `memory`, which it keeps.
Napi::Value bufferOver(Napi::Env env, const SharedMemory& memory, uint8_t* data, size_t size);

/// The reply as JavaScript has it; objects that were made get their handles here. Where it throws, none is left.
Napi::Value toJs(const Call& call, Reply reply);

Handle handleFrom(const Napi::Value& value);

/// The value as an object whose properties are arguments.
inline Napi::Object objectFrom(const Napi::Value& value) {
  if (!value.IsObject()) throw Napi::TypeError::New(value.Env(), "object expected");
  return value.As<Napi::Object>();
}

inline bool absent(const Napi::Value& value) { return value.IsUndefined() || value.IsNull(); }

/// The calling user, for the verbs that ask. It is no argument of their own.
struct User {
  UserId id;
};

template <>
struct From<User> {
  static User read(const Call& call, const Napi::Value&) { return {call.user}; }
};
template <>
struct From<bool> {
  static bool read(const Call&, const Napi::Value& v) { return v.ToBoolean(); }
};
template <>
struct From<int64_t> {
  static int64_t read(const Call&, const Napi::Value& v);
};
template <>
struct From<double> {
  static double read(const Call&, const Napi::Value& v) { return v.ToNumber(); }
};
template <>
struct From<std::string> {
  static std::string read(const Call&, const Napi::Value& v) { return v.ToString(); }
};
template <>
struct From<Input> {
  static Input read(const Call& call, const Napi::Value& v);
};
/// A tensor is stored as it comes, and made in the job where it is a k array (`handOver`).
template <>
struct From<at::Tensor> : From<Input> {};
template <>
struct From<Any> {
  static Any read(const Call& call, const Napi::Value& v);
};
template <>
struct From<Options> {
  static Options read(const Call& call, const Napi::Value& v);
};
/// Handles of other users' objects are stale, like those of objects that are gone or of another class.
template <>
struct From<Object> {
  static Object read(const Call& call, const Napi::Value& v);
};
template <class T>
struct From<std::shared_ptr<T>> {
  static std::shared_ptr<T> read(const Call& call, const Napi::Value& v) {
    return registry().get<std::shared_ptr<T>>(call.user, handleFrom(v));
  }
};
template <class T>
struct From<std::optional<T>> {
  static std::optional<Read<T>> read(const Call& call, const Napi::Value& v) {
    if (absent(v)) return {};
    return From<T>::read(call, v);
  }
};
/// Opaque bytes, copied: what the object keeps for TypeScript.
template <>
struct From<std::vector<uint8_t>> {
  static std::vector<uint8_t> read(const Call&, const Napi::Value& v);
};
template <class T>
struct From<std::vector<T>> {
  static std::vector<Read<T>> read(const Call& call, const Napi::Value& v) {
    if (!v.IsArray()) throw Napi::TypeError::New(v.Env(), "array expected");
    const auto array = v.As<Napi::Array>();
    std::vector<Read<T>> result;
    result.reserve(array.Length());
    for (uint32_t i = 0; i < array.Length(); ++i) result.push_back(From<T>::read(call, array.Get(i)));
    return result;
  }
};

}  // namespace torchq
