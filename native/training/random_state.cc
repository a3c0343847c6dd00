#include "training/random_state.h"

#include <ATen/Context.h>

#include <atomic>
#include <mutex>

namespace torchq {

namespace {

/// Seeds that were ever set.
std::atomic<uint64_t> seedCount{0};

at::Tensor stateOf(at::Generator& generator) {
  const std::lock_guard<std::mutex> lock(generator.mutex());
  return generator.get_state();
}

void setState(at::Generator& generator, const at::Tensor& state) {
  const std::lock_guard<std::mutex> lock(generator.mutex());
  generator.set_state(state);
}

}  // namespace

RandomState::RandomState(at::Device device) : seeds_(seedCount) {
  auto& context = at::globalContext();
  streams_.push_back({context.defaultGenerator(at::kCPU), {}, {}});
  if (device.is_cuda()) streams_.push_back({context.defaultGenerator(device), {}, {}});
}

void RandomState::pause() {
  for (auto& [generator, own, others] : streams_) {
    own = stateOf(generator);
    if (others.defined()) setState(generator, others);
  }
}

void RandomState::resume() {
  for (auto& [generator, own, others] : streams_) {
    if (!own.defined()) continue;
    others = stateOf(generator);
    setState(generator, own);
  }
}

void RandomState::end() {
  if (seedCount == seeds_) return;
  for (auto& [generator, own, others] : streams_)
    if (others.defined()) setState(generator, others);
}

void RandomState::seeded() { ++seedCount; }

}  // namespace torchq
