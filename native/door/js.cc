#include "door/js.h"

#include "wire/write.h"

namespace torchq {

namespace {

constexpr size_t COPY_LIMIT = 4096;  // below this a copy is cheaper than a finalizer

Napi::Value bytesToJs(Napi::Env env, Bytes bytes) {
  checkBuffer(bytes.size);
  if (bytes.size <= COPY_LIMIT) return Napi::Buffer<uint8_t>::Copy(env, bytes.data.get(), bytes.size);
  auto* data = bytes.data.release();
  // V8 counts the size of such a buffer among what its collections are due for.
  return Napi::Buffer<uint8_t>::New(env, data, bytes.size,
                                    [](Napi::BasicEnv, uint8_t* memory) { giveMemory(memory); });
}

struct ToJs {
  const Call& call;
  std::vector<Handle>& made;
  Napi::Env env = call.env;

  Napi::Value operator()(std::monostate) { return env.Undefined(); }
  Napi::Value operator()(bool x) { return Napi::Boolean::New(env, x); }
  Napi::Value operator()(int64_t x) { return Napi::BigInt::New(env, x); }
  Napi::Value operator()(double x) { return Napi::Number::New(env, x); }
  Napi::Value operator()(const std::string& x) { return Napi::String::New(env, x); }
  Napi::Value operator()(Bytes& x) { return bytesToJs(env, std::move(x)); }
  Napi::Value operator()(const Doubles& x) {
    auto result = Napi::Float64Array::New(env, x.values.size());
    std::copy(x.values.begin(), x.values.end(), result.Data());
    return result;
  }
  Napi::Value operator()(Made& x) {
    made.push_back(registry().put(call.user, std::move(x.object)));
    return Napi::Number::New(env, static_cast<double>(made.back()));
  }
  Napi::Value operator()(std::vector<Reply>& x) {
    auto result = Napi::Array::New(env, x.size());
    for (size_t i = 0; i < x.size(); ++i) result.Set(static_cast<uint32_t>(i), std::visit(*this, x[i].value));
    return result;
  }
  Napi::Value operator()(Record& x) {
    auto result = Napi::Object::New(env);
    for (auto& [name, value] : x.items) result.Set(name, std::visit(*this, value.value));
    return result;
  }
};

}  // namespace

// Node frees the memory of a buffer that it cannot make, and its caller does again.
void checkBuffer(size_t size) {
  if (size > largestArray()) fail("a message of ", size, " bytes is larger than any buffer");
}

Napi::Value bufferOver(Napi::Env env, const SharedMemory& memory, uint8_t* data, size_t size) {
  checkBuffer(size);
  return Napi::Buffer<uint8_t>::New(env, data, size, [memory](Napi::BasicEnv, uint8_t*) {});
}

Napi::Value toJs(const Call& call, Reply reply) {
  std::vector<Handle> made;
  try {
    return std::visit(ToJs{call, made}, reply.value);
  } catch (...) {
    for (const auto handle : made) registry().take(call.user, handle);
    throw;
  }
}

Handle handleFrom(const Napi::Value& value) {
  if (!value.IsNumber()) throw Napi::TypeError::New(value.Env(), "handle expected");
  return value.As<Napi::Number>().Int64Value();
}

int64_t From<int64_t>::read(const Call&, const Napi::Value& v) {
  if (v.IsBigInt()) {
    bool lossless;
    return v.As<Napi::BigInt>().Int64Value(&lossless);
  }
  return v.ToNumber().Int64Value();
}

Object From<Object>::read(const Call& call, const Napi::Value& v) {
  return registry().get(call.user, handleFrom(v));
}

Input From<Input>::read(const Call& call, const Napi::Value& v) {
  if (absent(v)) return {};
  if (v.IsNumber()) return {registry().get<at::Tensor>(call.user, handleFrom(v))};
  if (!v.IsTypedArray()) throw Napi::TypeError::New(v.Env(), "tensor handle or k bytes expected");
  const auto array = v.As<Napi::Uint8Array>();
  return {KView{array.Data(), array.ByteLength()}};
}

Any From<Any>::read(const Call& call, const Napi::Value& v) {
  switch (v.Type()) {
    case napi_undefined:
    case napi_null:
      return {};
    case napi_boolean:
      return {v.As<Napi::Boolean>().Value()};
    case napi_bigint:
      return {From<int64_t>::read(call, v)};
    case napi_number:
      return {v.As<Napi::Number>().DoubleValue()};
    case napi_string:
      return {v.As<Napi::String>().Utf8Value()};
    default:
      if (v.IsArray()) return {From<std::vector<Any>>::read(call, v)};
      if (v.IsTypedArray()) return {From<Input>::read(call, v)};
      // A bare number would be a double.
      return {From<Input>::read(call, v.As<Napi::Object>().Get("handle"))};
  }
}

std::vector<uint8_t> From<std::vector<uint8_t>>::read(const Call&, const Napi::Value& v) {
  if (!v.IsTypedArray()) return {};
  const auto array = v.As<Napi::Uint8Array>();
  return {array.Data(), array.Data() + array.ByteLength()};
}

Options From<Options>::read(const Call& call, const Napi::Value& v) {
  Options result;
  if (absent(v)) return result;
  const auto object = v.As<Napi::Object>();
  const auto names = object.GetPropertyNames();
  for (uint32_t i = 0; i < names.Length(); ++i) {
    const Napi::Value name = names.Get(i);
    result.items.emplace_back(name.As<Napi::String>(), From<Any>::read(call, object.Get(name)));
  }
  return result;
}

}  // namespace torchq
