// The engine thread: jobs that may take long run here, one after another in order of arrival (DESIGN, decision 5).
#pragma once

#include "js.h"

namespace torchq {

/// Work on C++ values alone; what it needs of JavaScript memory is kept alive by the engine until it ends.
using Job = std::function<Reply()>;

class Engine {
 public:
  explicit Engine(Napi::Env env);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Queues the job and answers a promise of its reply. `keep` holds the JavaScript values whose bytes the job reads.
  Napi::Promise submit(Napi::Env env, uint32_t user, Job job, std::vector<Napi::ObjectReference> keep);

 private:
  struct Task;
  void loop();
  void deliver(Napi::Env env, Task& task);

  Napi::ThreadSafeFunction deliverer_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::unique_ptr<Task>> queue_;
  size_t inFlight_ = 0;  // JavaScript thread only
  bool stopping_ = false;
  std::thread thread_;
};

/// The engine of this environment (set when the addon is loaded).
Engine& engine();
void startEngine(Napi::Env env);

}  // namespace torchq
