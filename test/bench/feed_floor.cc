// The floor of a feed's learning in plain C++: an MLP 16-64-1 (tanh, mean squared error, Adam) over batches that are
// ready, each a tensor of its own; `predicted`: with a prediction of each before it is learned from.
//
//   feed_floor BATCH BATCHES ROUNDS own|libtorch learned|predicted
//
// Prints the median microseconds of a batch over ROUNDS, on our allocator or on libtorch's own.
#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "memory/allocator.h"

int main(int count, char** args) {
  if (count != 6) return 2;
  const int64_t batch = std::atoll(args[1]), batches = std::atoll(args[2]);
  const auto rounds = static_cast<size_t>(std::atoll(args[3]));
  if (batch < 1 || batches < 1 || rounds < 1) return 2;
  if (std::string(args[4]) == "own") torchq::installAllocator();
  const bool predicted = std::string(args[5]) == "predicted";

  namespace nn = torch::nn;
  nn::Sequential network(nn::Linear(16, 64), nn::Tanh(), nn::Linear(64, 1));
  torch::optim::Adam optimizer(network->parameters(), torch::optim::AdamOptions(1e-3));
  std::vector<std::pair<torch::Tensor, torch::Tensor>> data;
  for (int64_t i = 0; i < batches; ++i)
    data.emplace_back(torch::randn({batch, 16}), torch::randn({batch, 1}));

  float sum = 0;
  const auto round = [&] {
    for (const auto& [x, y] : data) {
      if (predicted) {
        const torch::NoGradGuard noGrad;
        sum += network->forward(x)[0].item<float>();
      }
      optimizer.zero_grad();
      const auto loss = torch::mse_loss(network->forward(x), y);
      loss.backward();
      optimizer.step();
      sum += loss.item<float>();
    }
  };
  round();
  std::vector<double> times;
  for (size_t i = 0; i < rounds; ++i) {
    const auto start = std::chrono::steady_clock::now();
    round();
    const std::chrono::duration<double, std::micro> time = std::chrono::steady_clock::now() - start;
    times.push_back(time.count() / static_cast<double>(batches));
  }
  std::sort(times.begin(), times.end());
  std::printf("%.3f\n", times[times.size() / 2]);
  return sum == sum ? 0 : 1;
}
