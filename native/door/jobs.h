// A thread for jobs that may take long: they run one after another in order of arrival (DESIGN, decision 5).
#pragma once

#include <napi.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "door/js.h"

namespace torchq {

/// Work on C++ values alone; what it needs of JavaScript memory is kept alive until it ends.
using Job = std::function<Reply()>;

class Jobs {
 public:
  explicit Jobs(Napi::Env env);
  ~Jobs();
  Jobs(const Jobs&) = delete;
  Jobs& operator=(const Jobs&) = delete;

  /// Queues the job and answers a promise of its reply. `keep` holds the JavaScript values whose bytes the job reads.
  Napi::Promise submit(const Call& call, Job job, std::vector<Napi::ObjectReference> keep = {});

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

/// The jobs of this environment, once they are started.
Jobs& jobs();
void startJobs(Napi::Env env);

}  // namespace torchq
