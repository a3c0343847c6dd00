#include "js.h"

#include "errors.h"

namespace torchq {

namespace {

constexpr size_t COPY_LIMIT = 4096;  // below this a copy is cheaper than a finalizer

Napi::Value bytesToJs(Napi::Env env, Bytes bytes) {
  if (bytes.size <= COPY_LIMIT) return Napi::Buffer<uint8_t>::Copy(env, bytes.data.get(), bytes.size);
  const auto give = bytes.data.get_deleter();
  auto* data = bytes.data.release();
  // V8 counts the size of such a buffer among what its collections are due for.
  return Napi::Buffer<uint8_t>::New(env, data, bytes.size,
                                    [give](Napi::BasicEnv, uint8_t* memory) { give(memory); });
}

struct ToJs {
  Napi::Env env;
  uint32_t user;

  Napi::Value operator()(std::monostate) { return env.Undefined(); }
  Napi::Value operator()(bool x) { return Napi::Boolean::New(env, x); }
  Napi::Value operator()(int64_t x) { return Napi::BigInt::New(env, x); }
  Napi::Value operator()(double x) { return Napi::Number::New(env, x); }
  Napi::Value operator()(const std::string& x) { return Napi::String::New(env, x); }
  Napi::Value operator()(Bytes& x) { return bytesToJs(env, std::move(x)); }
  Napi::Value operator()(Made& x) {
    return Napi::Number::New(env, static_cast<double>(registry().put(user, std::move(x.object))));
  }
  Napi::Value operator()(std::vector<Reply>& x) {
    auto result = Napi::Array::New(env, x.size());
    for (size_t i = 0; i < x.size(); ++i)
      result.Set(static_cast<uint32_t>(i), toJs(env, user, std::move(x[i])));
    return result;
  }
  Napi::Value operator()(Record& x) {
    auto result = Napi::Object::New(env);
    for (auto& [name, value] : x.items) result.Set(name, toJs(env, user, std::move(value)));
    return result;
  }
};

}  // namespace

Napi::Value bufferOver(Napi::Env env, const SharedMemory& memory, uint8_t* data, size_t size) {
  return Napi::Buffer<uint8_t>::New(env, data, size, [memory](Napi::BasicEnv, uint8_t*) {});
}

Napi::Value toJs(Napi::Env env, uint32_t user, Reply reply) {
  return std::visit(ToJs{env, user}, reply.value);
}

Handle handleFrom(const Napi::Value& value) {
  if (!value.IsNumber()) throw Napi::TypeError::New(value.Env(), "handle expected");
  return value.As<Napi::Number>().Int64Value();
}

int64_t From<int64_t>::read(const Napi::Value& v) {
  if (v.IsBigInt()) {
    bool lossless;
    return v.As<Napi::BigInt>().Int64Value(&lossless);
  }
  return v.ToNumber().Int64Value();
}

Input inputFrom(const Napi::Value& value) {
  if (absent(value)) return {};
  if (value.IsNumber()) return {registry().get<at::Tensor>(handleFrom(value))};
  if (!value.IsTypedArray()) throw Napi::TypeError::New(value.Env(), "tensor handle or k bytes expected");
  const auto array = value.As<Napi::Uint8Array>();
  return {KView{array.Data(), array.ByteLength()}};
}

Any anyFrom(const Napi::Value& value) {
  switch (value.Type()) {
    case napi_undefined:
    case napi_null:
      return {};
    case napi_boolean:
      return {value.As<Napi::Boolean>().Value()};
    case napi_bigint:
      return {From<int64_t>::read(value)};
    case napi_number:
      return {value.As<Napi::Number>().DoubleValue()};
    case napi_string:
      return {value.As<Napi::String>().Utf8Value()};
    default:
      if (value.IsArray()) return {From<std::vector<Any>>::read(value)};
      if (value.IsTypedArray()) return {inputFrom(value)};
      return {inputFrom(value.As<Napi::Object>().Get("handle"))};  // a bare number would be a double
  }
}

std::vector<uint8_t> From<std::vector<uint8_t>>::read(const Napi::Value& v) {
  if (!v.IsTypedArray()) return {};
  const auto array = v.As<Napi::Uint8Array>();
  return {array.Data(), array.Data() + array.ByteLength()};
}

Options optionsFrom(const Napi::Value& value) {
  Options result;
  if (absent(value)) return result;
  const auto object = value.As<Napi::Object>();
  const auto names = object.GetPropertyNames();
  for (uint32_t i = 0; i < names.Length(); ++i) {
    const Napi::Value name = names.Get(i);
    result.items.emplace_back(name.As<Napi::String>(), anyFrom(object.Get(name)));
  }
  return result;
}

}  // namespace torchq
