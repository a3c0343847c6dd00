// A verb is an ordinary C++ function that TypeScript can call: its parameters are read from JavaScript by their types, its
// result is handed back as a Reply. From TypeScript every verb takes the calling user's id before its own arguments.
#pragma once

#include "engine.h"
#include "errors.h"

namespace torchq {

struct LayerSpec;

/// How much work arguments stand for, in elements; more than INLINE_LIMIT goes to the engine thread. A cheap call runs
/// inline and saves two thread hops (DESIGN, decision 5).
constexpr int64_t INLINE_LIMIT = 16384;

/// An empty tensor is as many empty lists in k: zeros 100000000 0 is work although it has no elements.
int64_t emptyLists(const at::Tensor& t);
inline int64_t weigh(const at::Tensor& t) {
  if (!t.defined()) return 0;
  const auto elements = t.numel();
  return elements > 0 ? elements : emptyLists(t);
}
int64_t weigh(const Layer& layer);
int64_t weigh(const LayerSpec& spec);
int64_t weigh(const Object& object);
inline int64_t weigh(const Input& x) {
  if (const auto* k = std::get_if<KView>(&x.source)) return static_cast<int64_t>(k->size);
  if (const auto* t = std::get_if<at::Tensor>(&x.source)) return weigh(*t);
  return 0;
}
/// Numbers count as what they may be the size of: zeros(1000000) is work although its argument is small.
inline int64_t weigh(const Any& x) {
  if (const auto* i = std::get_if<int64_t>(&x.value)) return *i < 0 ? 0 : *i;
  if (const auto* d = std::get_if<double>(&x.value)) return *d > INLINE_LIMIT ? INLINE_LIMIT + 1 : 0;
  if (const auto* input = std::get_if<Input>(&x.value)) return weigh(*input);
  if (const auto* list = std::get_if<std::vector<Any>>(&x.value)) {
    int64_t product = 1, sum = 0;
    for (const auto& item : *list) {
      const auto weight = weigh(item);
      sum = std::min(sum + weight, INLINE_LIMIT + 1);
      product = std::min(product * std::max<int64_t>(weight, 1), INLINE_LIMIT + 1);
    }
    return std::max(sum, product);
  }
  return 0;
}
template <class T>
int64_t weigh(const std::shared_ptr<T>& object) {
  return weigh(Object(object));
}
inline int64_t weigh(const Options&) { return 0; }
inline int64_t weigh(bool) { return 0; }
inline int64_t weigh(uint8_t) { return 0; }
inline int64_t weigh(int64_t) { return 0; }
inline int64_t weigh(double) { return 0; }
inline int64_t weigh(const std::string&) { return 0; }
template <class T>
int64_t weigh(const std::vector<T>& items);
template <class T>
int64_t weigh(const std::optional<T>& x) {
  return x ? weigh(*x) : 0;
}
template <class T>
int64_t weigh(const std::vector<T>& items) {
  int64_t sum = 0;
  for (const auto& item : items) sum = std::min(sum + weigh(item), INLINE_LIMIT + 1);
  return sum;
}

inline int64_t weigh(User) { return 0; }

inline Tensors tensorsOf(const std::vector<Input>& inputs) {
  Tensors tensors;
  for (const auto& input : inputs) tensors.push_back(input.tensor());
  return tensors;
}

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
  using Stored = std::tuple<decltype(From<std::decay_t<A>>::read(std::declval<Napi::Value>()))...>;
  /// A verb that wants to know who calls has a User first; else the user's number is not among its arguments.
  static constexpr size_t FIRST = takesUser<A...> ? 0 : 1;

  template <auto F, size_t... I>
  static Stored read(const Napi::CallbackInfo& info, std::index_sequence<I...>) {
    return Stored{From<std::decay_t<A>>::read(info[I + FIRST])...};
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

/// Runs at once, on the JavaScript thread: for verbs that look something up or change a flag.
template <auto F>
Napi::Value cheap(const Napi::CallbackInfo& info) {
  using S = Signature<decltype(F)>;
  const auto user = info[0].ToNumber().Uint32Value();
  return guarded(info.Env(), [&] {
    auto args = S::template read<F>(info, typename S::Indices{});
    return toJs(info.Env(), user, S::template run<F>(args, typename S::Indices{}));
  });
}

/// Computes: inline when there is little to do, else on the engine thread, answering a promise.
template <auto F>
Napi::Value work(const Napi::CallbackInfo& info) {
  using S = Signature<decltype(F)>;
  const auto user = info[0].ToNumber().Uint32Value();
  return guarded(info.Env(), [&]() -> Napi::Value {
    auto args = S::template read<F>(info, typename S::Indices{});
    if (S::weight(args) <= INLINE_LIMIT)
      return toJs(info.Env(), user, S::template run<F>(args, typename S::Indices{}));
    std::vector<Napi::ObjectReference> keep;
    for (size_t i = 1; i < info.Length(); ++i) keepAlive(info[i], keep);
    auto shared = std::make_shared<typename S::Stored>(std::move(args));
    return engine().submit(
        info.Env(), user, [shared] { return S::template run<F>(*shared, typename S::Indices{}); },
        std::move(keep));
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
  /// For what is no verb: a function that reads its arguments itself and works for no user.
  void plain(const char* name, Napi::Value (*f)(const Napi::CallbackInfo&)) {
    exports_.Set(name, Napi::Function::New(env_, f, name));
  }

 private:
  Napi::Env env_;
  Napi::Object exports_;
};

}  // namespace torchq
