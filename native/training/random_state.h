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

  /// The run gives way: what others draw continues where they were.
  void pause();
  /// The run goes on where it was.
  void resume();
  /// The run is over: what is drawn from now on follows it, but where somebody has set a seed meanwhile, that.
  void end();

  /// To be called where a generator's seed has been set.
  static void seeded();

 private:
  struct Stream {
    at::Generator generator;
    at::Tensor own, others;
  };
  std::vector<Stream> streams_;
  uint64_t seeds_;  ///< that had been set when it began
};

}  // namespace torchq
