// What the wire needs of native code besides tensors: compression, and memory for large messages. These are no
// verbs: they work for no user and make no objects.
#include "door/verb.h"
#include "memory/shared.h"
#include "verbs/verbs.h"
#include "wire/compress.h"

namespace torchq {

namespace {

/// Messages up to this size are done at once: it takes less than a millisecond.
constexpr size_t AT_ONCE = 256 * 1024;

/// A job on libuv's pool: the thread of jobs belongs to torch, and this takes no turn there.
class Aside : public Napi::AsyncWorker {
 public:
  using Job = std::function<Reply()>;

  /// @param source its bytes are read by the job
  static Napi::Value run(Napi::Env env, const Napi::Object& source, Job job) {
    auto* worker = new Aside(env, source, std::move(job));  // deletes itself
    worker->Queue();
    return worker->deferred_.Promise();
  }

 protected:
  void Execute() override { reply_ = job_(); }
  void OnOK() override {
    settle(Env(), deferred_, [this] { return toJs({Env(), NOBODY}, std::move(reply_)); });
  }
  void OnError(const Napi::Error& error) override { deferred_.Reject(error.Value()); }

 private:
  Aside(Napi::Env env, const Napi::Object& source, Job job)
      : AsyncWorker(env),
        job_(std::move(job)),
        source_(Napi::Persistent(source)),
        deferred_(Napi::Promise::Deferred::New(env)) {}

  Job job_;
  Napi::ObjectReference source_;
  Reply reply_;
  Napi::Promise::Deferred deferred_;
};

Napi::Value soon(const Napi::CallbackInfo& info, size_t work, Aside::Job job) {
  if (work > AT_ONCE) return Aside::run(info.Env(), info[0].As<Napi::Object>(), std::move(job));
  return toJs({info.Env(), NOBODY}, job());
}

KView bytesOf(const Napi::Value& value) {
  if (!value.IsTypedArray()) throw Napi::TypeError::New(value.Env(), "bytes expected");
  const auto array = value.As<Napi::Uint8Array>();
  return {array.Data(), array.ByteLength()};
}

/// compress(message): the compressed message, undefined where it should go plain.
Napi::Value compress(const Napi::CallbackInfo& info) {
  const auto message = bytesOf(info[0]);
  return soon(info, message.size, [message]() -> Reply {
    auto result = compressed(message);
    return result ? Reply(std::move(*result)) : Reply();
  });
}

/// uncompress(message, size): the plain message.
Napi::Value uncompress(const Napi::CallbackInfo& info) {
  const auto message = bytesOf(info[0]);
  const auto size = static_cast<size_t>(info[1].ToNumber().Int64Value());
  checkBuffer(size);
  return soon(info, size, [message, size] { return Reply(uncompressed(message, size)); });
}

/// memory(size, offset): bytes to put a message together in, of which byte `offset` is aligned for any item.
Napi::Value memory(const Napi::CallbackInfo& info) {
  const auto size = info[0].ToNumber().Int64Value();
  const auto offset = info[1].ToNumber().Int64Value();
  if (size <= 0 || offset < 0) throw Napi::RangeError::New(info.Env(), "size and offset expected");
  try {
    const auto before = static_cast<size_t>(-offset) % ALIGNMENT;
    const auto memory = shareMemory(before + static_cast<size_t>(size));
    return bufferOver(info.Env(), memory, memory.get() + before, static_cast<size_t>(size));
  } catch (const std::bad_alloc&) {
    throw Napi::RangeError::New(info.Env(), text("no memory for ", size, " bytes"));
  }
}

}  // namespace

void wireVerbs(Verbs& verbs) {
  verbs.plain<compress>("compress");
  verbs.plain<uncompress>("uncompress");
  verbs.plain<memory>("memory");
}

}  // namespace torchq
