// JavaScript values to C++ and back (the table in value.h). Everything here runs on the JavaScript thread.
#pragma once

#include "value.h"

namespace torchq {

/// Reads one argument. `What` is the type a verb's parameter is stored as until the verb runs.
template <class What>
struct From;

Any anyFrom(const Napi::Value& value);

/// A buffer over bytes of `memory`, which it keeps.
Napi::Value bufferOver(Napi::Env env, const SharedMemory& memory, uint8_t* data, size_t size);

/// The reply as JavaScript has it; objects that were made get their handles, owned by the user, here.
Napi::Value toJs(Napi::Env env, uint32_t user, Reply reply);

Handle handleFrom(const Napi::Value& value);
Input inputFrom(const Napi::Value& value);
Options optionsFrom(const Napi::Value& value);

inline bool absent(const Napi::Value& value) { return value.IsUndefined() || value.IsNull(); }

/// The calling user, for the verbs that ask.
struct User {
  uint32_t id;
};

template <>
struct From<User> {
  static User read(const Napi::Value& v) { return {v.ToNumber().Uint32Value()}; }
};
template <>
struct From<bool> {
  static bool read(const Napi::Value& v) { return v.ToBoolean(); }
};
template <>
struct From<int64_t> {
  static int64_t read(const Napi::Value& v);
};
template <>
struct From<double> {
  static double read(const Napi::Value& v) { return v.ToNumber(); }
};
template <>
struct From<std::string> {
  static std::string read(const Napi::Value& v) { return v.ToString(); }
};
template <>
struct From<at::Tensor> {
  static Input read(const Napi::Value& v) { return inputFrom(v); }
};
template <>
struct From<Input> {
  static Input read(const Napi::Value& v) { return inputFrom(v); }
};
template <>
struct From<Any> {
  static Any read(const Napi::Value& v) { return anyFrom(v); }
};
template <>
struct From<Options> {
  static Options read(const Napi::Value& v) { return optionsFrom(v); }
};
/// The object itself, of any class, behind a handle.
template <>
struct From<Object> {
  static Object read(const Napi::Value& v) { return registry().get(handleFrom(v)).object; }
};
/// An object of one class.
template <class T>
struct From<std::shared_ptr<T>> {
  static std::shared_ptr<T> read(const Napi::Value& v) {
    return registry().get<std::shared_ptr<T>>(handleFrom(v));
  }
};
template <class T>
struct From<std::optional<T>> {
  using Stored = std::optional<decltype(From<T>::read(std::declval<Napi::Value>()))>;
  static Stored read(const Napi::Value& v) {
    if (absent(v)) return {};
    return From<T>::read(v);
  }
};
/// Opaque bytes, copied: what the object keeps for TypeScript.
template <>
struct From<std::vector<uint8_t>> {
  static std::vector<uint8_t> read(const Napi::Value& v);
};
template <class T>
struct From<std::vector<T>> {
  using Item = decltype(From<T>::read(std::declval<Napi::Value>()));
  static std::vector<Item> read(const Napi::Value& v) {
    if (!v.IsArray()) throw Napi::TypeError::New(v.Env(), "array expected");
    const auto array = v.As<Napi::Array>();
    std::vector<Item> result;
    result.reserve(array.Length());
    for (uint32_t i = 0; i < array.Length(); ++i) result.push_back(From<T>::read(array.Get(i)));
    return result;
  }
};

}  // namespace torchq
