// The engine thread: jobs run there one after another in order of arrival (DESIGN, decision 5).
#pragma once

#include <napi.h>

#include <atomic>
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

  /// Queues the job and answers a promise of its reply, which settles however the job ends. `keep` holds the JavaScript
  /// values whose bytes the job reads.
  Napi::Promise submit(const Call& call, Job job, std::vector<Napi::ObjectReference> keep = {});
  /// Lets objects go, after the jobs before: that of a large tensor, or a long graph, takes its time.
  void discard(std::vector<Object> objects);
  /// For a job in its middle: has JavaScript told something, and does what jobs come until `over` is set. Those of the same
  /// user see what the job has set for its thread, such as whether gradients are recorded. Throws where the process ends.
  void wait(std::function<void(Napi::Env)> tell, const bool& over);
  /// Sets what a job waits for.
  void wake(bool& over);
  /// Nothing is queued or runs, so that a little work may be done elsewhere.
  bool idle() const { return inFlight_ == 0 && discarding_ == 0; }

 private:
  struct Task;
  void loop();
  void queue(std::unique_ptr<Task> task);
  void perform(std::unique_ptr<Task> task);
  /// Does one task, or lets its objects go.
  void finish(std::unique_ptr<Task> task);
  void deliver(Napi::Env env, Task& task);

  Napi::ThreadSafeFunction deliverer_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::unique_ptr<Task>> queue_;
  size_t inFlight_ = 0;  // JavaScript thread only
  std::atomic<size_t> discarding_{0};
  bool stopping_ = false;
  std::thread thread_;
};

/// The jobs of this environment, once they are started.
Jobs& jobs();
/// A process has one engine: throws where another thread has loaded it.
void startJobs(Napi::Env env);

/// Lets an object go: a small one now, another on the engine thread.
void discard(Object object);

}  // namespace torchq
