#include "training/random_state.h"

#include <ATen/Context.h>
#include <ATen/ops/from_blob.h>

#include <atomic>
#include <cstring>
#include <mutex>

#include "errors.h"

namespace torchq {

namespace {

/// Seeds that were ever set.
std::atomic<uint64_t> seedCount{0};

at::Tensor stateOf(at::Generator& generator) {
  const std::lock_guard<std::mutex> lock(generator.mutex());
  return generator.get_state();
}

at::Generator copyOf(at::Generator generator) {
  const std::lock_guard<std::mutex> lock(generator.mutex());
  return generator.clone();
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

RandomState::RandomState(at::Device device, uint64_t seed) : RandomState(device) {
  for (auto& [generator, own, others] : streams_) {
    auto seeded = copyOf(generator);
    seeded.set_current_seed(seed);
    own = seeded.get_state();
  }
}

std::vector<uint8_t> RandomState::save() const {
  std::vector<uint8_t> result;
  for (const auto& [generator, own, others] : streams_) {
    const auto* bytes = own.data_ptr<uint8_t>();
    result.insert(result.end(), bytes, bytes + own.numel());
  }
  return result;
}

void RandomState::load(const std::vector<uint8_t>& bytes) {
  std::vector<at::Tensor> states;
  size_t at = 0;
  for (const auto& [generator, own, others] : streams_) {
    const auto size = static_cast<size_t>(own.numel());
    if (bytes.size() - at < size) break;
    auto state = own.clone();
    std::memcpy(state.data_ptr<uint8_t>(), bytes.data() + at, size);
    copyOf(generator).set_state(state);  // libtorch checks it
    states.push_back(std::move(state));
    at += size;
  }
  if (states.size() != streams_.size() || at != bytes.size())
    fail("random state of ", bytes.size(), " bytes: another number expected on this device");
  for (size_t i = 0; i < states.size(); ++i) streams_[i].own = std::move(states[i]);
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
