#include "door/jobs.h"

#include <chrono>
#include <optional>
#include <string>

#include "errors.h"
#include "memory/blocks.h"

namespace torchq {

struct Jobs::Task {
  UserId user;
  Job job;
  std::vector<Napi::ObjectReference> keep;
  Napi::Promise::Deferred deferred;
  Reply reply;
  std::optional<std::string> error;
};

Jobs::Jobs(Napi::Env env)
    : deliverer_(Napi::ThreadSafeFunction::New(
          env, Napi::Function::New(env, [](const Napi::CallbackInfo&) {}), "torchq jobs", 0, 1)),
      thread_([this] { loop(); }) {
  deliverer_.Unref(env);  // idle jobs do not keep the process alive
}

Jobs::~Jobs() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
  deliverer_.Release();
}

Napi::Promise Jobs::submit(const Call& call, Job job, std::vector<Napi::ObjectReference> keep) {
  auto task = std::unique_ptr<Task>(
      new Task{call.user, std::move(job), std::move(keep), Napi::Promise::Deferred::New(call.env), {}, {}});
  const auto promise = task->deferred.Promise();
  if (inFlight_++ == 0) deliverer_.Ref(call.env);
  {
    std::lock_guard<std::mutex> lock(mutex_);
    queue_.push_back(std::move(task));
  }
  wake_.notify_one();
  return promise;
}

void Jobs::loop() {
  for (;;) {
    std::unique_ptr<Task> task;
    {
      std::unique_lock<std::mutex> lock(mutex_);
      while (!wake_.wait_for(lock, std::chrono::seconds(1), [this] { return stopping_ || !queue_.empty(); }))
        trimMemory();
      if (stopping_) return;
      task = std::move(queue_.front());
      queue_.pop_front();
    }
    try {
      task->reply = task->job();
    } catch (...) {
      task->error = currentError();
    }
    // The task goes back whole: its JavaScript references, and the last references to its objects, end on that thread.
    deliverer_.BlockingCall(task.release(), [this](Napi::Env env, Napi::Function, Task* raw) {
      std::unique_ptr<Task> done(raw);
      if (env != nullptr) deliver(env, *done);
    });
  }
}

void Jobs::deliver(Napi::Env env, Task& task) {
  if (--inFlight_ == 0) deliverer_.Unref(env);
  if (task.error)
    task.deferred.Reject(Napi::Error::New(env, *task.error).Value());
  else
    task.deferred.Resolve(toJs({env, task.user}, std::move(task.reply)));
}

namespace {
std::unique_ptr<Jobs> instance;
}

Jobs& jobs() { return *instance; }

void startJobs(Napi::Env env) {
  instance = std::make_unique<Jobs>(env);
  env.AddCleanupHook([] { instance.reset(); });
}

}  // namespace torchq
