#include "door/jobs.h"

#include <ATen/ThreadLocalState.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "door/warnings.h"
#include "errors.h"
#include "memory/blocks.h"
#include "objects/weight.h"

namespace torchq {

/// A job and who waits for it, or objects that are to go.
struct Jobs::Task {
  UserId user = NOBODY;
  Job job;
  std::vector<Napi::ObjectReference> keep;
  std::optional<Napi::Promise::Deferred> deferred;
  std::vector<Object> discarded;
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
  auto task = std::make_unique<Task>();
  task->user = call.user;
  task->job = std::move(job);
  task->keep = std::move(keep);
  task->deferred = Napi::Promise::Deferred::New(call.env);
  const auto promise = task->deferred->Promise();
  if (inFlight_++ == 0) deliverer_.Ref(call.env);
  queue(std::move(task));
  return promise;
}

void Jobs::discard(std::vector<Object> objects) {
  auto task = std::make_unique<Task>();
  task->discarded = std::move(objects);
  ++discarding_;
  queue(std::move(task));
}

void Jobs::queue(std::unique_ptr<Task> task) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    queue_.push_back(std::move(task));
  }
  wake_.notify_one();
}

namespace {
/// libtorch's state of the engine thread while no job runs.
std::optional<at::ThreadLocalState> atFirst;
}  // namespace

void Jobs::loop() {
  collectWarnings();
  atFirst.emplace();
  bool trimmed = true;
  for (;;) {
    std::unique_ptr<Task> task;
    {
      std::unique_lock<std::mutex> lock(mutex_);
      while (
          !wake_.wait_for(lock, std::chrono::seconds(1), [this] { return stopping_ || !queue_.empty(); })) {
        if (std::exchange(trimmed, true)) continue;
        lock.unlock();
        trimMemory();
        lock.lock();
      }
      if (stopping_) return;
      task = std::move(queue_.front());
      queue_.pop_front();
    }
    trimmed = false;
    finish(std::move(task));
  }
}

void Jobs::finish(std::unique_ptr<Task> task) {
  if (task->deferred) {
    perform(std::move(task));
  } else {
    task.reset();
    --discarding_;
  }
}

void Jobs::wait(std::function<void(Napi::Env)> tell, const bool& over) {
  if (std::this_thread::get_id() != thread_.get_id()) fail("only a job can wait for an answer");
  deliverer_.BlockingCall([tell = std::move(tell)](Napi::Env env, Napi::Function) {
    if (env != nullptr) tell(env);
  });
  for (;;) {
    std::unique_ptr<Task> task;
    {
      std::unique_lock<std::mutex> lock(mutex_);
      wake_.wait(lock, [&] { return stopping_ || over || !queue_.empty(); });
      if (stopping_) fail("stop");
      if (over) return;
      task = std::move(queue_.front());
      queue_.pop_front();
    }
    if (task->user == servedUser()) {
      finish(std::move(task));
    } else {
      const at::ThreadLocalStateGuard others(*atFirst);
      finish(std::move(task));
    }
  }
}

void Jobs::wake(bool& over) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    over = true;
  }
  wake_.notify_one();
}

void Jobs::perform(std::unique_ptr<Task> task) {
  try {
    const WorkingFor user(task->user);
    task->reply = task->job();
  } catch (...) {
    task->error = currentError();
  }
  // It may hold the last references to what it worked on.
  task->job = nullptr;
  // What is JavaScript's ends on that thread.
  deliverer_.BlockingCall(task.release(), [this](Napi::Env env, Napi::Function, Task* raw) {
    std::unique_ptr<Task> done(raw);
    if (env != nullptr) deliver(env, *done);
  });
}

void Jobs::deliver(Napi::Env env, Task& task) {
  if (--inFlight_ == 0) deliverer_.Unref(env);
  settle(env, *task.deferred, [&]() -> Napi::Value {
    if (task.error) throw Napi::Error::New(env, *task.error);
    return toJs({env, task.user}, std::move(task.reply));
  });
}

namespace {
std::atomic<bool> loaded{false};
std::unique_ptr<Jobs> instance;

/// Whether to let it go takes no time worth mentioning. What others hold too stays.
bool endsAtOnce(const Object& object) {
  const auto* t = std::get_if<at::Tensor>(&object);
  if (t && !t->defined()) return true;
  if (std::visit([](const auto& x) { return x.use_count() > 1; }, object)) return true;
  if (weigh(object) > INLINE_LIMIT) return false;
  // a calculation's graph may be large however small its result is
  const auto computed = [](const at::Tensor& x) { return x.defined() && x.grad_fn() != nullptr; };
  if (t) return !computed(*t);
  if (const auto* vector = objectAs<TensorVector>(object))
    return std::none_of(vector->items.begin(), vector->items.end(), computed);
  if (const auto* dict = objectAs<TensorDict>(object)) {
    const auto tensors = dict->items.values();
    return std::none_of(tensors.begin(), tensors.end(), computed);
  }
  return true;
}
}  // namespace

Jobs& jobs() { return *instance; }

void startJobs(Napi::Env env) {
  if (loaded.exchange(true))
    throw Napi::Error::New(env,
                           "torchq: another thread of this process has loaded the engine; a process has one");
  instance = std::make_unique<Jobs>(env);
  env.AddCleanupHook([] {
    instance.reset();
    loaded = false;
  });
}

void discard(Object object) {
  if (endsAtOnce(object)) return;
  std::vector<Object> objects;
  objects.push_back(std::move(object));
  jobs().discard(std::move(objects));
}

}  // namespace torchq
