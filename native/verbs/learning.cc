// Verbs on a feed's learner.
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>

#include "door/verb.h"
#include "layers/callback.h"
#include "training/learner.h"
#include "verbs/verbs.h"

namespace torchq {

namespace {

using LearnerPtr = std::shared_ptr<Learner>;

struct LearnerOptions {
  int64_t seed, steps, champion;
};

Made learner(const std::shared_ptr<Model>& model, const LearnerOptions& options) {
  refuseInCallbacks("feed");
  return {makeLearner(model, options.seed, options.steps, options.champion)};
}

Record learn(const LearnerPtr& learner, const Work& work) {
  refuseInCallbacks("predict");
  auto learned = learner->learn(work);
  Record result;
  result.set("rows", static_cast<double>(learned.rows)).set("width", static_cast<double>(learned.width));
  result.set("predictions", Doubles{std::move(learned.predictions)});
  if (work.both && learner->champion()) result.set("own", Doubles{std::move(learned.own)});
  result.set("versions", Doubles{std::move(learned.versions)});
  result.set("losses", Doubles{std::move(learned.losses)});
  result.set("skipped", std::vector<double>(learned.skipped.begin(), learned.skipped.end()));
  result.set("done", static_cast<double>(learned.done)).set("stopped", learned.stopped);
  result.set("broken", learned.broken).set("failed", learned.failed);
  return result;
}

void promote(const LearnerPtr& learner) { learner->promote(); }

Reply championModule(const LearnerPtr& learner) {
  if (const auto& champion = learner->champion()) return Made{champion};
  return {};
}

Record learnerState(const LearnerPtr& learner) {
  const auto state = learner->save();
  Record result;
  result.set("random", Bytes(state.random)).set("steps", state.steps).set("batches", state.batches);
  result.set("skipped", state.skipped).set("row", state.row).set("version", state.version);
  return result;
}

void restoreLearner(const LearnerPtr& learner, const LearnerState& state) {
  refuseInCallbacks("feed");
  learner->load(state);
}

/// Values where they lie, with their sizes: {values: Float64Array or Int32Array, sizes: numbers}.
at::Tensor arrayFrom(const Call& call, const Napi::Value& v) {
  const auto object = objectFrom(v);
  const auto values = object.Get("values");
  if (!values.IsTypedArray()) throw Napi::TypeError::New(v.Env(), "typed array expected");
  const auto array = values.As<Napi::TypedArray>();
  const bool doubles = array.TypedArrayType() == napi_float64_array;
  if (!doubles && array.TypedArrayType() != napi_int32_array)
    throw Napi::TypeError::New(v.Env(), "Float64Array or Int32Array expected");
  const auto sizes = From<std::vector<int64_t>>::read(call, object.Get("sizes"));
  const at::IntArrayRef shown(sizes);
  if (sizes.empty()) fail("feed: an array without sizes");
  int64_t count = 1;
  for (const auto size : sizes)
    if (size < 0 || __builtin_mul_overflow(count, size, &count)) fail("feed: an array of sizes ", shown);
  if (static_cast<size_t>(count) != array.ElementLength())
    fail("feed: ", array.ElementLength(), " values for an array of sizes ", shown);
  if (count == 0) return at::empty(sizes, doubles ? at::kDouble : at::kInt);
  if (doubles) return at::from_blob(values.As<Napi::Float64Array>().Data(), sizes, at::kDouble);
  return at::from_blob(values.As<Napi::Int32Array>().Data(), sizes, at::kInt);
}

Tensors arraysFrom(const Call& call, const Napi::Value& v) {
  if (!v.IsArray()) throw Napi::TypeError::New(v.Env(), "array expected");
  const auto list = v.As<Napi::Array>();
  Tensors result;
  for (uint32_t i = 0; i < list.Length(); ++i) result.push_back(arrayFrom(call, list.Get(i)));
  return result;
}

}  // namespace

template <>
struct From<LearnerOptions> {
  static LearnerOptions read(const Call& call, const Napi::Value& v) {
    const auto object = objectFrom(v);
    const auto integer = [&](const char* name) { return From<int64_t>::read(call, object.Get(name)); };
    return {integer("seed"), integer("steps"), integer("champion")};
  }
};
template <>
struct From<Work> {
  static Work read(const Call& call, const Napi::Value& v) {
    const auto object = objectFrom(v);
    const auto targets = object.Get("targets");
    return {arraysFrom(call, object.Get("arrivals")),
            From<std::vector<int64_t>>::read(call, object.Get("cuts")),
            arraysFrom(call, object.Get("inputs")),
            absent(targets) ? at::Tensor() : arrayFrom(call, targets),
            From<std::vector<int64_t>>::read(call, object.Get("counts")),
            From<bool>::read(call, object.Get("both"))};
  }
};
template <>
struct From<LearnerState> {
  static LearnerState read(const Call& call, const Napi::Value& v) {
    const auto object = objectFrom(v);
    const auto integer = [&](const char* name) { return From<int64_t>::read(call, object.Get(name)); };
    return {From<std::vector<uint8_t>>::read(call, object.Get("random")),
            integer("steps"),
            integer("batches"),
            integer("skipped"),
            integer("row"),
            integer("version")};
  }
};

void learningVerbs(Verbs& verbs) {
  verbs.work<learner>("learner");
  verbs.work<learn>("learn");
  verbs.work<promote>("promote");
  verbs.work<championModule>("championModule");
  verbs.work<learnerState>("learnerState");
  verbs.work<restoreLearner>("restoreLearner");
}

}  // namespace torchq
