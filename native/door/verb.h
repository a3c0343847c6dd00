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
#include "door/warnings.h"
#include "errors.h"
#include "objects/weight.h"

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
  using Indices = std::index_sequence_for<A...>;
};

/// Who calls a verb: the user's number is its first argument.
inline Call callOf(const Napi::CallbackInfo& info) { return {info.Env(), info[0].ToNumber().Uint32Value()}; }

/// What a verb may cost, which says where it runs.
enum class Cost {
  look,   ///< looks something up or changes a flag, whatever the size: at once, on the JavaScript thread
  light,  ///< as much work as its arguments weigh: at once where that is little and the engine is idle
  work    ///< anything: on the engine thread, behind a promise
};

/// What a light verb's arguments weigh, where it is not their sum.
template <class... A>
int64_t sumOf(const std::tuple<A...>& args) {
  int64_t sum = 0;
  std::apply([&sum](const auto&... arg) { ((sum = plus(sum, weigh(arg))), ...); }, args);
  return sum;
}

template <auto F, Cost COST, auto Weigh = nullptr>
Napi::Value callVerb(const Napi::CallbackInfo& info) {
  using S = Signature<decltype(F)>;
  using Indices = typename S::Indices;
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto call = callOf(info);
    auto args = S::read(call, info, Indices{});
    bool inlined = COST == Cost::look;
    if constexpr (COST == Cost::light) {
      if constexpr (std::is_null_pointer_v<decltype(Weigh)>)
        inlined = jobs().idle() && sumOf(args) <= INLINE_LIMIT;
      else
        inlined = jobs().idle() && Weigh(args) <= INLINE_LIMIT;
    }
    if (inlined) {
      const WorkingFor user(call.user);
      return toJs(call, S::template run<F>(args, Indices{}));
    }
    std::vector<Napi::ObjectReference> keep;
    for (size_t i = 1; i < info.Length(); ++i) keepAlive(info[i], keep);
    auto shared = std::make_shared<typename S::Stored>(std::move(args));
    return jobs().submit(call, [shared] { return S::template run<F>(*shared, Indices{}); }, std::move(keep));
  });
}

/// A function that reads its arguments itself.
using Plain = Napi::Value (*)(const Napi::CallbackInfo&);

template <Plain F>
Napi::Value callPlain(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] { return F(info); });
}

/// The addon's exports, filled by each room.
class Verbs {
 public:
  Verbs(Napi::Env env, Napi::Object exports) : env_(env), exports_(exports) {}

  template <auto F>
  void look(const char* name) {
    exports_.Set(name, Napi::Function::New<callVerb<F, Cost::look>>(env_, name));
  }
  /// @tparam Weigh from the stored arguments
  template <auto F, auto Weigh = nullptr>
  void light(const char* name) {
    exports_.Set(name, Napi::Function::New<callVerb<F, Cost::light, Weigh>>(env_, name));
  }
  template <auto F>
  void work(const char* name) {
    exports_.Set(name, Napi::Function::New<callVerb<F, Cost::work>>(env_, name));
  }
  /// For what is no verb.
  template <Plain F>
  void plain(const char* name) {
    exports_.Set(name, Napi::Function::New<callPlain<F>>(env_, name));
  }

 private:
  Napi::Env env_;
  Napi::Object exports_;
};

}  // namespace torchq
