// The same operators in plain C++, on the same allocator and with the same threads: for every line on its input that names
// one it does it once and prints how many milliseconds that took. `add` is many small ones, for its number in microseconds.
#include <torch/torch.h>

#include <chrono>
#include <functional>
#include <iostream>
#include <map>
#include <string>

#include "memory/allocator.h"

namespace {

constexpr int SMALL = 100000;

double timed(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

at::Tensor matrix() { return at::rand({2048, 2048}); }

/// What the operators work on.
struct Inputs {
  at::Tensor small = at::rand({10});
  at::Tensor left = matrix(), right = matrix();
  at::Tensor signal = at::rand({1 << 20});
  at::Tensor unsorted = at::rand({10000000});
  at::Tensor many = at::rand({100000000});
};

}  // namespace

int main() {
  torchq::installAllocator();
  const at::NoGradGuard guard;
  const Inputs inputs;
  const std::map<std::string, std::function<void()>> work = {
      {"add", [&] { for (int i = 0; i < SMALL; ++i) at::add(inputs.small, inputs.small); }},
      {"mm", [&] { at::mm(inputs.left, inputs.right); }},
      {"fft", [&] { at::fft_fft(inputs.signal); }},
      {"sort", [&] { at::sort(inputs.unsorted); }},
      {"Sum", [&] { at::sum(inputs.many); }},
  };
  for (std::string name; std::getline(std::cin, name);) {
    const auto found = work.find(name);
    if (found == work.end()) return 2;
    const double time = timed(found->second);
    std::cout << (name == "add" ? time * 1e3 / SMALL : time) << std::endl;
  }
  return 0;
}
