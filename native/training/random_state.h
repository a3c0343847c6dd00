// The random numbers of a run: the same whatever others draw while it gives way.
#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace torchq {

class RandomState {
 public:
  /// Of the CPU's generator, and of the device's where that is another.
  explicit RandomState(at::Device device);
  /// The same, begun from a seed and giving way.
  RandomState(at::Device device, uint64_t seed);

  /// The run gives way: what others draw continues where they were.
  void pause();
  /// The run goes on where it was.
  void resume();
  /// The run is over: what is drawn from now on follows it, but where somebody has set a seed meanwhile, that.
  void end();

  /// To be called where a generator's seed has been set.
  static void seeded();

  /// Where it is while it gives way.
  std::vector<uint8_t> save() const;
  /// Throws where the bytes are none that `save` gave.
  void load(const std::vector<uint8_t>& bytes);

 private:
  struct Stream {
    at::Generator generator;
    at::Tensor own, others;
  };
  std::vector<Stream> streams_;
  uint64_t seeds_;  ///< that had been set when it began
};

}  // namespace torchq
