// Verbs that give all tensors of a module or model as their own bytes, in their own types, and take them back.
#include <ATen/ATen.h>

#include <cstring>

#include "door/verb.h"
#include "layers/callback.h"
#include "objects/members.h"
#include "training/model.h"
#include "training/stored.h"
#include "values/names.h"
#include "verbs/verbs.h"

namespace torchq {

namespace {

/// A tensor as it comes.
struct RawTensor {
  std::string name, dtype;
  std::vector<int64_t> sizes;
  KView bytes;  ///< row-major
};

struct RawTensors {
  std::vector<RawTensor> parameters, buffers, optimizer;
  std::vector<std::string> frozen;
};

Optimizer* optimizerOf(const Object& object) {
  const auto* model = objectAs<Model>(object);
  return model ? model->optimizer.get() : nullptr;
}

std::vector<Reply> rawOf(const Named& named) {
  std::vector<Reply> result;
  for (const auto& [name, tensor] : named) {
    const auto t = tensor.detach().to(at::kCPU).contiguous();
    Bytes bytes(t.nbytes());
    if (bytes.size) std::memcpy(bytes.data.get(), t.data_ptr(), bytes.size);
    Record record;
    record.set("name", name).set("dtype", nameOf(t.scalar_type())).set("sizes", Reply(t.sizes()));
    record.set("bytes", std::move(bytes));
    result.emplace_back(std::move(record));
  }
  return result;
}

/// Of memory of its own.
at::Tensor tensorFrom(const RawTensor& raw) {
  const auto type = dtypeOf(raw.dtype);
  int64_t count = static_cast<int64_t>(c10::elementSize(type));
  for (const auto size : raw.sizes)
    if (size < 0 || __builtin_mul_overflow(count, size, &count))
      fail("`", raw.name, " is of sizes ", at::IntArrayRef(raw.sizes));
  if (static_cast<size_t>(count) != raw.bytes.size)
    fail("`", raw.name, " has ", raw.bytes.size, " bytes, ", count, " expected for ", raw.dtype, " of sizes ",
         at::IntArrayRef(raw.sizes));
  // Any byte may stand for true.
  const bool flags = type == at::kBool;
  auto t = at::empty(raw.sizes, flags ? at::kByte : type);
  if (count) std::memcpy(t.data_ptr(), raw.bytes.data, raw.bytes.size);
  return flags ? t.ne(0) : t;
}

Named namedFrom(const std::vector<RawTensor>& all) {
  Named result;
  for (const auto& raw : all) result.emplace_back(raw.name, tensorFrom(raw));
  return result;
}

/// Of a module, or of a model, whose optimizer's tensors are among them.
Record storedTensors(const Object& object) {
  const auto stored = storedOf(layerOf(object), optimizerOf(object));
  Record result;
  result.set("parameters", rawOf(stored.parameters)).set("buffers", rawOf(stored.buffers));
  result.set("optimizer", rawOf(stored.optimizer)).set("frozen", stored.frozen);
  return result;
}

void restoreTensors(const Object& object, const RawTensors& raw) {
  refuseInCallbacks("feed");
  restoreStored(layerOf(object), optimizerOf(object),
                {namedFrom(raw.parameters), namedFrom(raw.buffers), namedFrom(raw.optimizer), raw.frozen});
}

}  // namespace

template <>
struct From<RawTensor> {
  static RawTensor read(const Call& call, const Napi::Value& v) {
    const auto object = objectFrom(v);
    const auto bytes = object.Get("bytes");
    if (!bytes.IsTypedArray()) throw Napi::TypeError::New(v.Env(), "bytes expected");
    const auto array = bytes.As<Napi::Uint8Array>();
    return {From<std::string>::read(call, object.Get("name")),
            From<std::string>::read(call, object.Get("dtype")),
            From<std::vector<int64_t>>::read(call, object.Get("sizes")),
            {array.Data(), array.ByteLength()}};
  }
};
template <>
struct From<RawTensors> {
  static RawTensors read(const Call& call, const Napi::Value& v) {
    const auto object = objectFrom(v);
    const auto list = [&](const char* name) {
      return From<std::vector<RawTensor>>::read(call, object.Get(name));
    };
    return {list("parameters"), list("buffers"), list("optimizer"),
            From<std::vector<std::string>>::read(call, object.Get("frozen"))};
  }
};

void storedVerbs(Verbs& verbs) {
  verbs.work<storedTensors>("storedTensors");
  verbs.work<restoreTensors>("restoreTensors");
}

}  // namespace torchq
