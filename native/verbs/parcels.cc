// Parcels: a large tensor's k bytes are written as jobs, a part at a time, while JavaScript sends the parts before. The
// memory is native, and JavaScript sees one slice at a time: V8 would collect whenever what its buffers hold has grown by
// 64 MB. These are no verbs: a parcel is no object of the registry.
#include "wire/parcel.h"

#include "door/verb.h"
#include "verbs/verbs.h"

namespace torchq {

namespace {

std::shared_ptr<Parcel> parcelOf(const Napi::Value& value) {
  if (!value.IsExternal()) throw Napi::TypeError::New(value.Env(), "parcel expected");
  return value.As<Napi::External<Parcel>>().Data()->shared_from_this();
}

/// parcel(user, tensor, complexFirst): a parcel to be opened.
Napi::Value parcel(const Napi::CallbackInfo& info) {
  const auto tensor = From<Input>::read(callOf(info), info[1]).tensor();
  const auto made = std::make_shared<Parcel>(tensor, info[2].ToBoolean());
  return Napi::External<Parcel>::New(info.Env(), made.get(), [made](Napi::BasicEnv, Parcel*) {});
}

/// openParcel(parcel): a promise of its size in bytes, its members, and the bytes of each.
Napi::Value openParcel(const Napi::CallbackInfo& info) {
  const auto open = [p = parcelOf(info[0])]() -> Reply {
    p->open();
    Record result;
    result.set("size", static_cast<double>(p->size))
        .set("count", static_cast<double>(p->count))
        .set("memberSize", static_cast<double>(p->memberSize));
    return result;
  };
  return jobs().submit({info.Env(), NOBODY}, open);
}

/// fillParcel(parcel, from, to): a promise that those members are written. After the last members the tensor is let go.
Napi::Value fillParcel(const Napi::CallbackInfo& info) {
  const auto p = parcelOf(info[0]);
  const auto from = info[1].ToNumber().Int64Value();
  const auto to = info[2].ToNumber().Int64Value();
  if (!p->memory || from < 0 || to < from || to > p->count)
    throw Napi::RangeError::New(info.Env(), "members of an open parcel expected");
  const auto fill = [p, memory = p->memory, from, to]() -> Reply {
    p->fill(memory.get(), from, to);
    return {};
  };
  return jobs().submit({info.Env(), NOBODY}, fill);
}

/// parcelSlice(parcel, from, to): bytes of it, which must have been filled.
Napi::Value parcelSlice(const Napi::CallbackInfo& info) {
  const auto p = parcelOf(info[0]);
  const auto from = info[1].ToNumber().Int64Value();
  const auto to = info[2].ToNumber().Int64Value();
  if (!p->memory || from < 0 || to <= from || to > p->size)
    throw Napi::RangeError::New(info.Env(), "bytes of an open parcel expected");
  return bufferOver(info.Env(), p->memory, p->memory.get() + from, static_cast<size_t>(to - from));
}

/// forgetSlice(slice): nobody reads it any more.
Napi::Value forgetSlice(const Napi::CallbackInfo& info) {
  info[0].As<Napi::Uint8Array>().ArrayBuffer().Detach();
  return info.Env().Undefined();
}

/// dropParcel(parcel): no more slices will be asked for.
Napi::Value dropParcel(const Napi::CallbackInfo& info) {
  parcelOf(info[0])->memory.reset();
  return info.Env().Undefined();
}

}  // namespace

void parcelVerbs(Verbs& verbs) {
  verbs.plain<parcel>("parcel");
  verbs.plain<openParcel>("openParcel");
  verbs.plain<fillParcel>("fillParcel");
  verbs.plain<parcelSlice>("parcelSlice");
  verbs.plain<forgetSlice>("forgetSlice");
  verbs.plain<dropParcel>("dropParcel");
}

}  // namespace torchq
