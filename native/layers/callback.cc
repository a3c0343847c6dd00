#include "layers/callback.h"

#include <atomic>

#include "errors.h"

namespace torchq {

namespace {

/// Functions that call modules that call functions: each is a forward calculation on the stack of one thread.
constexpr size_t MOST_CALLS = 8;

CallFunction callFunction;
std::atomic<size_t> calls{0};

/// A call that goes on.
class Counted {
 public:
  Counted() {
    if (++calls <= MOST_CALLS) return;
    --calls;
    fail("callback: functions that compute modules that call functions, more than ", MOST_CALLS, " deep");
  }
  ~Counted() { --calls; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
};

}  // namespace

void setCallFunction(CallFunction call) { callFunction = std::move(call); }

void refuseInCallbacks(const char* who) {
  if (calls.load(std::memory_order_relaxed) > 0)
    fail(who, ": not in a function that a callback module calls, nor while one is called");
}

Tensors callBack(const Layer& layer, const Tensors& inputs) {
  const auto wanted = std::get<std::vector<Any>>(layer.options.get("in").value).size();
  if (inputs.size() != wanted)
    fail("callback: ", wanted, " tensor(s) expected, ", inputs.size(), " supplied");
  if (!callFunction) fail("callback: there is no session whose function could be called");
  const Counted counted;
  const auto module = std::const_pointer_cast<Layer>(layer.shared_from_this());
  return {callFunction(module, layer.options.symbol("fn"), inputs)};
}

}  // namespace torchq
