#include "machine/selftest.h"

#include <ATen/ATen.h>
#include <ATen/Context.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>

#include <exception>
#include <functional>
#include <optional>

namespace torchq {

namespace {

using Tensors = std::vector<at::Tensor>;

/// Values between -1 and 1 that look random; the generators, whose seed is the user's, are left alone.
at::Tensor values(at::IntArrayRef size, double step) {
  return at::arange(c10::multiply_integers(size), at::kFloat).mul(step).sin().view(size);
}

/// A convolution's output, and the gradients of input and weight that training needs.
Tensors withGradients(const std::function<at::Tensor(const at::Tensor&, const at::Tensor&)>& convolve,
                      at::IntArrayRef size, at::IntArrayRef kernel) {
  c10::AutoGradMode on(true);
  const auto input = values(size, 0.37).requires_grad_();
  const auto weight = values(kernel, 0.73).requires_grad_();
  const auto output = convolve(input, weight);
  auto results = torch::autograd::grad({output}, {input, weight}, {values(output.sizes(), 0.11)});
  results.push_back(output.detach());
  return results;
}

/// The last state of an LSTM as it is run without gradients.
Tensors lstm() {
  constexpr int64_t IN = 10, HIDDEN = 6, GATES = 4 * HIDDEN;
  c10::NoGradGuard off;
  const auto state = at::zeros({1, 3, HIDDEN});
  const Tensors weights{values({GATES, IN}, 0.21), values({GATES, HIDDEN}, 0.43), values({GATES}, 0.5),
                        values({GATES}, 0.9)};
  const auto result =
      at::lstm(values({7, 3, IN}, 0.37), {state, state}, weights, /*has_biases=*/true, /*num_layers=*/1,
               /*dropout=*/0.0, /*train=*/false, /*bidirectional=*/false, /*batch_first=*/false);
  return {std::get<0>(result), std::get<1>(result), std::get<2>(result)};
}

struct Check {
  const char* name;
  Tensors (*run)();
};

/// 10 and 20 channels are no multiple of any vector's length; 16 samples are enough for oneDNN to be chosen.
const Check CHECKS[] = {
    {"conv1d",
     [] {
       return withGradients([](auto& x, auto& w) { return at::conv1d(x, w); }, {16, 10, 9}, {20, 10, 3});
     }},
    {"conv2d",
     [] {
       return withGradients([](auto& x, auto& w) { return at::conv2d(x, w); }, {16, 10, 6, 5},
                            {20, 10, 3, 3});
     }},
    {"conv2d of 3 channels",
     [] {
       return withGradients([](auto& x, auto& w) { return at::conv2d(x, w); }, {16, 3, 6, 5}, {10, 3, 3, 3});
     }},
    {"convtranspose2d",
     [] {
       return withGradients([](auto& x, auto& w) { return at::conv_transpose2d(x, w); }, {16, 10, 4, 3},
                            {10, 20, 3, 3});
     }},
    {"conv3d",
     [] {
       return withGradients([](auto& x, auto& w) { return at::conv3d(x, w); }, {16, 10, 4, 3, 3},
                            {20, 10, 2, 2, 2});
     }},
    {"lstm", lstm},
};

/// Sums of a few hundred products of numbers up to 1: other orders of adding differ by less.
constexpr double TOLERANCE = 1e-3;

bool same(const Tensors& left, const Tensors& right) {
  for (size_t i = 0; i < left.size(); ++i)
    if (!at::allclose(left[i], right[i], TOLERANCE, TOLERANCE)) return false;  // false for NaN too
  return true;
}

/// Runs a check with oneDNN or without it; nothing where it fails.
std::optional<Tensors> run(const Check& check, bool enabled) {
  at::globalContext().setUserEnabledMkldnn(enabled);
  try {
    return check.run();
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

}  // namespace

std::vector<std::string> selfTest(const std::string& spoiled) {
  auto& context = at::globalContext();
  std::vector<std::string> wrong;
  if (!at::hasMKLDNN() || !context.userEnabledMkldnn()) return wrong;
  for (const auto& check : CHECKS) {
    auto fast = run(check, true);
    if (fast && spoiled == check.name) fast->back().mul_(1.25);
    const auto plain = run(check, false);
    if (plain && !(fast && same(*fast, *plain))) wrong.push_back(check.name);
  }
  context.setUserEnabledMkldnn(wrong.empty());
  return wrong;
}

}  // namespace torchq
