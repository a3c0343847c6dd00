// A verb is an ordinary C++ function that TypeScript can call: its parameters are read from JavaScript by their types, its
// result is handed back as a Reply. From TypeScript every verb takes the calling user's id before its own arguments.
#pragma once

#include <napi.h>

#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "door/jobs.h"
#include "door/js.h"
#include "door/weigh.h"
#include "errors.h"

namespace torchq {

inline int64_t weigh(User) { return 0; }

/// What a stored argument is handed to the verb as: a k array becomes a tensor now, inside the job.
template <class Parameter, class Stored>
decltype(auto) handOver(Stored& stored) {
  if constexpr (std::is_same_v<std::decay_t<Parameter>, at::Tensor>)
    return stored.tensor();
  else if constexpr (std::is_same_v<std::decay_t<Parameter>, std::optional<at::Tensor>>)
    return stored ? std::optional<at::Tensor>(stored->tensor()) : std::nullopt;
  else if constexpr (std::is_same_v<std::decay_t<Parameter>, Tensors>)
    return tensorsOf(stored);
  else if constexpr (std::is_same_v<std::decay_t<Parameter>, std::optional<Tensors>>)
    return stored ? std::optional<Tensors>(tensorsOf(*stored)) : std::nullopt;
  else
    return (stored);
}

/// Values whose memory a job on another thread reads must stay alive: the arguments that are objects.
inline void keepAlive(const Napi::Value& value, std::vector<Napi::ObjectReference>& keep) {
  if (value.IsObject()) keep.push_back(Napi::Persistent(value.As<Napi::Object>()));
}

template <class... A>
constexpr bool takesUser = false;
template <class First, class... Rest>
constexpr bool takesUser<First, Rest...> = std::is_same_v<First, User>;

template <class F>
struct Signature;
template <class R, class... A>
struct Signature<R (*)(A...)> {
  using Stored = std::tuple<Read<std::decay_t<A>>...>;
  /// A verb that wants to know who calls has a User first; else the user's number is not among its arguments.
  static constexpr size_t FIRST = takesUser<A...> ? 0 : 1;

  template <size_t... I>
  static Stored read(const Call& call, const Napi::CallbackInfo& info, std::index_sequence<I...>) {
    return Stored{From<std::decay_t<A>>::read(call, info[I + FIRST])...};
  }
  template <auto F, size_t... I>
  static Reply run(Stored& args, std::index_sequence<I...>) {
    if constexpr (std::is_void_v<R>) {
      F(handOver<A>(std::get<I>(args))...);
      return {};
    } else {
      return Reply(F(handOver<A>(std::get<I>(args))...));
    }
  }
  static int64_t weight(const Stored& args) {
    return std::apply([](const auto&... arg) { return (int64_t{0} + ... + weigh(arg)); }, args);
  }
  using Indices = std::index_sequence_for<A...>;
};

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

/// Who calls a verb: the user's number is its first argument.
inline Call callOf(const Napi::CallbackInfo& info) { return {info.Env(), info[0].ToNumber().Uint32Value()}; }

/// Runs at once, on the JavaScript thread: for verbs that look something up or change a flag.
template <auto F>
Napi::Value cheap(const Napi::CallbackInfo& info) {
  using S = Signature<decltype(F)>;
  return guarded(info.Env(), [&] {
    const auto call = callOf(info);
    auto args = S::read(call, info, typename S::Indices{});
    return toJs(call, S::template run<F>(args, typename S::Indices{}));
  });
}

/// Computes: inline when there is little to do, else on the thread of jobs, answering a promise.
template <auto F>
Napi::Value work(const Napi::CallbackInfo& info) {
  using S = Signature<decltype(F)>;
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto call = callOf(info);
    auto args = S::read(call, info, typename S::Indices{});
    if (S::weight(args) <= INLINE_LIMIT) return toJs(call, S::template run<F>(args, typename S::Indices{}));
    std::vector<Napi::ObjectReference> keep;
    for (size_t i = 1; i < info.Length(); ++i) keepAlive(info[i], keep);
    auto shared = std::make_shared<typename S::Stored>(std::move(args));
    return jobs().submit(
        call, [shared] { return S::template run<F>(*shared, typename S::Indices{}); }, std::move(keep));
  });
}

/// The addon's exports, filled by each room.
class Verbs {
 public:
  Verbs(Napi::Env env, Napi::Object exports) : env_(env), exports_(exports) {}

  template <auto F>
  void cheap(const char* name) {
    exports_.Set(name, Napi::Function::New<torchq::cheap<F>>(env_, name));
  }
  template <auto F>
  void work(const char* name) {
    exports_.Set(name, Napi::Function::New<torchq::work<F>>(env_, name));
  }
  /// For what is no verb: a function that reads its arguments itself.
  void plain(const char* name, Napi::Value (*f)(const Napi::CallbackInfo&)) {
    exports_.Set(name, Napi::Function::New(env_, f, name));
  }

 private:
  Napi::Env env_;
  Napi::Object exports_;
};

}  // namespace torchq
