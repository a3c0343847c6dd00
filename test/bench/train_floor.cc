// The floor of training: steps of a small network in plain C++, as `backstep` does them.
//
//   train_floor HIDDEN BATCH STEPS own|libtorch
//
// prints the median microseconds of a step, and page faults a step, on our allocator or on libtorch's own.
#include <sys/resource.h>
#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "memory/allocator.h"

namespace {

long faults() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_minflt;
}

}  // namespace

int main(int count, char** args) {
  if (count != 5) return 2;
  const int64_t hidden = std::atoll(args[1]), batch = std::atoll(args[2]);
  const auto steps = static_cast<size_t>(std::atoll(args[3]));
  if (std::string(args[4]) == "own") torchq::installAllocator();

  namespace nn = torch::nn;
  nn::Sequential network(nn::Linear(64, hidden), nn::ReLU(), nn::Linear(hidden, 10));
  nn::MSELoss loss;
  torch::optim::Adam optimizer(network->parameters(), torch::optim::AdamOptions(1e-3));
  const auto x = torch::randn({batch, 64}), y = torch::randn({batch, 10});
  const auto step = [&] {
    optimizer.zero_grad();
    const auto result = loss(network->forward(x), y);
    result.backward();
    optimizer.step();
    return result.item<float>();
  };
  for (size_t i = 0; i < std::max<size_t>(steps / 10, 5); ++i) step();
  std::vector<double> times;
  const auto before = faults();
  for (size_t i = 0; i < steps; ++i) {
    const auto start = std::chrono::steady_clock::now();
    step();
    times.push_back(
        std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count());
  }
  const auto after = faults();
  std::sort(times.begin(), times.end());
  std::printf("%.3f %.3f\n", times[times.size() / 2],
              static_cast<double>(after - before) / static_cast<double>(steps));
  return 0;
}
