// The addon's entry: its exports are those of every file in verbs/.
#include <c10/util/Logging.h>
#include <napi.h>
#include <torch/version.h>

#include "door/callbacks.h"
#include "door/verb.h"
#include "memory/allocator.h"
#include "verbs/verbs.h"
#include "wire/ktypes.h"
#include "wire/write.h"

namespace {

using namespace torchq;

/// initialise(typeNames, largest): typeNames(k type number) -> the k api's name of that type; the bytes that a k array may
/// take.
void initialise(const Napi::CallbackInfo& info) {
  // The names are asked for by jobs too, so the whole table is taken now.
  std::vector<std::string> names;
  const auto ask = info[0].As<Napi::Function>();
  for (int type = -128; type < 128; ++type)
    names.push_back(ask.Call({Napi::Number::New(info.Env(), type)}).ToString().Utf8Value());
  limitArrays(static_cast<size_t>(info[1].ToNumber().Int64Value()));
  setKTypeNames([names](int type) { return names.at(static_cast<size_t>(type + 128)); });
}

Napi::Object load(Napi::Env env, Napi::Object exports) {
  // Errors are part of a session's day and never show their C++ stack; fetching it would cost milliseconds each.
  c10::SetStackTraceFetcher([] { return std::string(); });
  startJobs(env);
  installAllocator();
  collectWarnings();
  computeAlone();
  exports.Set("initialise", Napi::Function::New(env, initialise, "initialise"));
  exports.Set("version", TORCH_VERSION);
  Verbs verbs(env, exports);
  verbs.plain<onCallback>("onCallback");
  verbs.plain<answerCallback>("answerCallback");
  objectVerbs(verbs);
  tensorVerbs(verbs);
  collectionVerbs(verbs);
  operatorVerbs(verbs);
  parameterVerbs(verbs);
  gradientVerbs(verbs);
  initialValueVerbs(verbs);
  moduleVerbs(verbs);
  lossVerbs(verbs);
  optimizerVerbs(verbs);
  modelVerbs(verbs);
  averageVerbs(verbs);
  trainingVerbs(verbs);
  learningVerbs(verbs);
  storedVerbs(verbs);
  parcelVerbs(verbs);
  wireVerbs(verbs);
  libraryVerbs(verbs);
  machineVerbs(verbs);
  return exports;
}

}  // namespace

NODE_API_MODULE(torchq, load)
