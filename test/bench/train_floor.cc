// The floor of training in plain C++.
//
//   train_floor NETWORK ROWS BATCH ROUNDS LOOP own|libtorch
//
// NETWORK is mlp-HIDDEN (64-HIDDEN-10, mean squared error, Adam), classify-HIDDEN (the same with cross-entropy), conv
// (1x28x28, two convolutions) or lstm (2x128 over 50 steps). LOOP is what `backstep` and `run` do: `step` (one batch
// again and again; ROWS is not used), `asked` (the same on a thread that sleeps until it is asked for a step, now and then
// as requests come), `forward` (the forward calculation of ROWS, in evaluation mode), `epoch` (all batches of ROWS in order), `shuffled` (in a new order each), `accuracy`
// (loss and accuracy of each batch too). Prints the median microseconds of a batch over ROUNDS, and page faults a batch,
// on our allocator or on libtorch's own.
#include <sys/resource.h>
#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "memory/allocator.h"

namespace {

namespace nn = torch::nn;
using torch::Tensor;

long faults() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_minflt;
}

/// A thread that does a piece of work whenever it is asked.
class Worker {
 public:
  explicit Worker(std::function<void()> work)
      : thread_([this, work = std::move(work)] {
          while (wait(Asked)) {
            work();
            say(Done);
          }
        }) {}
  ~Worker() {
    say(Over);
    thread_.join();
  }
  void ask() {
    say(Asked);
    wait(Done);
  }

 private:
  enum State { Idle, Asked, Done, Over };
  void say(State state) {
    const std::lock_guard<std::mutex> lock(mutex_);
    state_ = state;
    changed_.notify_all();
  }
  bool wait(State state) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return state_ == state || state_ == Over; });
    return state_ == state;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  State state_ = Idle;
  std::thread thread_;  // last: it uses the rest
};

/// What passes between an answer and the next request.
constexpr auto BETWEEN = std::chrono::microseconds(20);

/// A network with its data.
struct Task {
  std::shared_ptr<nn::Module> module;
  std::function<Tensor(const Tensor&)> forward;
  std::function<Tensor(const Tensor&, const Tensor&)> loss;
  Tensor x, y;
};

template <class Loss>
Task chain(nn::Sequential network, Loss loss, Tensor x, Tensor y) {
  return {network.ptr(), [network](const Tensor& in) mutable { return network->forward(in); },
          [loss](const Tensor& out, const Tensor& target) mutable { return loss(out, target); }, std::move(x),
          std::move(y)};
}

Task task(const std::string& name, int64_t rows) {
  if (name == "conv") {
    nn::Sequential network(nn::Conv2d(nn::Conv2dOptions(1, 8, 3)), nn::ReLU(),
                           nn::Conv2d(nn::Conv2dOptions(8, 16, 3).stride(2)), nn::ReLU(), nn::Flatten(),
                           nn::Linear(16 * 12 * 12, 10));
    return chain(network, nn::CrossEntropyLoss(), torch::randn({rows, 1, 28, 28}), torch::randint(10, {rows}));
  }
  if (name == "lstm") {
    nn::LSTM lstm(nn::LSTMOptions(16, 128).num_layers(2).batch_first(true));
    nn::MSELoss loss;
    return {lstm.ptr(), [lstm](const Tensor& in) mutable { return std::get<0>(lstm->forward(in)); },
            [loss](const Tensor& out, const Tensor& target) mutable { return loss(out, target); },
            torch::randn({rows, 50, 16}), torch::randn({rows, 50, 128})};
  }
  const auto dash = name.find('-');
  const auto hidden = std::atoll(name.c_str() + dash + 1);
  nn::Sequential network(nn::Linear(64, hidden), nn::ReLU(), nn::Linear(hidden, 10));
  const auto x = torch::randn({rows, 64});
  if (name.substr(0, dash) == "classify")
    return chain(network, nn::CrossEntropyLoss(), x, torch::randint(10, {rows}));
  return chain(network, nn::MSELoss(), x, torch::randn({rows, 10}));
}

}  // namespace

int main(int count, char** args) {
  if (count != 7) return 2;
  const std::string loop = args[5];
  const int64_t batch = std::atoll(args[3]), rows = loop == "step" ? batch : std::atoll(args[2]);
  const auto rounds = static_cast<size_t>(std::atoll(args[4]));
  if (std::string(args[6]) == "own") torchq::installAllocator();

  auto all = task(args[1], rows);
  torch::optim::Adam optimizer(all.module->parameters(), torch::optim::AdamOptions(1e-3));
  Tensor output;
  const auto step = [&](const Tensor& x, const Tensor& y) {
    optimizer.zero_grad();
    output = all.forward(x);
    const auto loss = all.loss(output, y);
    loss.backward();
    optimizer.step();
    return loss.detach();
  };
  const auto epoch = [&] {
    Tensor order;
    if (loop == "shuffled") order = torch::randperm(rows);
    std::vector<Tensor> losses, matches;
    for (int64_t i = 0; i < rows; i += batch) {
      const auto size = std::min(batch, rows - i);
      if (order.defined()) {
        const auto index = order.narrow(0, i, size);
        losses.push_back(step(all.x.index_select(0, index), all.y.index_select(0, index)));
      } else {
        losses.push_back(step(all.x.narrow(0, i, size), all.y.narrow(0, i, size)));
      }
      if (loop == "accuracy")
        matches.push_back(all.y.narrow(0, i, size).eq(output.detach().argmax(-1)).sum());
    }
    auto result = (torch::stack(losses).sum() / static_cast<int64_t>(losses.size())).item<float>();
    if (!matches.empty())
      result += (100.0 * torch::stack(matches).sum().div(static_cast<double>(rows))).item<float>();
    return result;
  };
  const bool one = loop == "step" || loop == "asked" || loop == "forward";
  const auto forward = [&] {
    const torch::NoGradGuard noGrad;
    return all.forward(all.x).contiguous().data_ptr<float>()[0];
  };
  if (loop == "forward") all.module->eval();
  const auto round = [&] {
    if (loop == "forward") return forward();
    return one ? step(all.x, all.y).item<float>() : epoch();
  };
  std::optional<Worker> worker;
  if (loop == "asked") worker.emplace(round);

  const auto steps = static_cast<double>((rows + batch - 1) / batch);
  for (size_t i = 0; i < std::max<size_t>(rounds / 10, one ? 5 : 1); ++i) round();
  std::vector<double> times;
  const auto before = faults();
  for (size_t i = 0; i < rounds; ++i) {
    if (worker) std::this_thread::sleep_for(BETWEEN);
    const auto start = std::chrono::steady_clock::now();
    if (worker)
      worker->ask();
    else
      round();
    times.push_back(
        std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count() / steps);
  }
  const auto after = faults();
  std::sort(times.begin(), times.end());
  std::printf("%.3f %.3f\n", times[times.size() / 2],
              static_cast<double>(after - before) / static_cast<double>(rounds) / steps);
  return 0;
}
