// The machine that libtorch runs on, and the end of the process. These are no verbs: they work for no user.
#include <ATen/Context.h>
#include <ATen/Parallel.h>

#include <thread>

#include "door/verb.h"
#include "machine/ending.h"
#include "machine/selftest.h"
#include "verbs/verbs.h"

namespace torchq {

namespace {

/// examine(spoiled): what libtorch is on this machine (machine/selftest.h).
Napi::Value examine(const Napi::CallbackInfo& info) {
  const std::string spoiled = info[0].ToString();
  Record found;
  // On a thread of its own, whose helpers end with it: on this one they would stay and get in the way of the engine's.
  std::thread([&] {
    found.set("wrong", selfTest(spoiled))
        .set("oneDnn", at::hasMKLDNN() && at::globalContext().userEnabledMkldnn())
        .set("threads", static_cast<double>(at::get_num_threads()))
        .set("mkl", at::hasMKL());
  }).join();
  return toJs({info.Env(), NOBODY}, std::move(found));
}

/// leave(status)
Napi::Value leave(const Napi::CallbackInfo& info) { torchq::leave(info[0].ToNumber().Int32Value()); }

/// endWithin(seconds, status, last)
Napi::Value endWithin(const Napi::CallbackInfo& info) {
  torchq::endWithin(info[0].ToNumber(), info[1].ToNumber().Int32Value(), info[2].ToString());
  return info.Env().Undefined();
}

}  // namespace

void machineVerbs(Verbs& verbs) {
  verbs.plain<examine>("examine");
  verbs.plain<leave>("leave");
  verbs.plain<endWithin>("endWithin");
}

}  // namespace torchq
