#include "door/warnings.h"

#include <deque>
#include <mutex>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "torch_version.h"

namespace torchq {

namespace {

/// Warnings that are kept for a user, and different ones that the log is told of.
constexpr size_t MOST_KEPT = 100;
constexpr size_t MOST_LOGGED = 1000;

thread_local UserId workingFor = 0;

class Collector final : public TorchWarnings {
 public:
  std::vector<std::string> take(UserId user) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto it = kept_.find(user);
    if (it == kept_.end()) return {};
    std::vector<std::string> result(it->second.begin(), it->second.end());
    kept_.erase(it);
    return result;
  }
  std::vector<std::string> takeNew() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return std::exchange(fresh_, {});
  }

 protected:
  void warned(const std::string& text) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (known_.size() < MOST_LOGGED && known_.insert(text).second) fresh_.push_back(text);
    if (workingFor == 0) return;
    auto& kept = kept_[workingFor];
    if (kept.size() == MOST_KEPT) kept.pop_front();
    kept.push_back(text);
  }

 private:
  std::mutex mutex_;
  std::unordered_map<UserId, std::deque<std::string>> kept_;
  std::unordered_set<std::string> known_;
  std::vector<std::string> fresh_;
};

/// Never destroyed: libtorch keeps the pointer.
Collector& collector() {
  static auto* const instance = new Collector;
  return *instance;
}

}  // namespace

void collectWarnings() { collector().set(); }

WorkingFor::WorkingFor(UserId user) : before_(std::exchange(workingFor, user)) {}
WorkingFor::~WorkingFor() { workingFor = before_; }

UserId servedUser() { return workingFor; }

std::vector<std::string> takeWarnings(UserId user) { return collector().take(user); }
std::vector<std::string> newWarnings() { return collector().takeNew(); }

}  // namespace torchq
