// LAMB as the k api has it: Adam's update of each parameter, scaled by a trust ratio of norms (opt page).
#pragma once

#include <torch/optim/optimizer.h>

#include <tuple>
#include <vector>

namespace torchq {

struct LambOptions : torch::optim::OptimizerCloneableOptions<LambOptions> {
  explicit LambOptions(double rate = 1e-3) : lr_(rate) {}
  double get_lr() const override { return lr_; }
  void set_lr(double rate) override { lr_ = rate; }

  using betas_t = std::tuple<double, double>;
  TORCH_ARG(double, lr);
  TORCH_ARG(betas_t, betas) = std::make_tuple(0.9, 0.999);
  TORCH_ARG(double, eps) = 1e-8;
  TORCH_ARG(double, weight_decay) = 0;
  /// Whether averages are corrected for beginning at zero.
  TORCH_ARG(bool, unbiased) = true;
  /// Whether gradients are divided by the norm of them all.
  TORCH_ARG(bool, globalnorm) = true;
  /// Whether the ratio is kept between the smallest and the largest.
  TORCH_ARG(bool, trustclip) = true;
  TORCH_ARG(double, trustmin) = 0;
  TORCH_ARG(double, trustmax) = 1;
};

struct LambParamState : torch::optim::OptimizerCloneableParamState<LambParamState> {
  TORCH_ARG(int64_t, step) = 0;
  TORCH_ARG(at::Tensor, exp_avg);
  TORCH_ARG(at::Tensor, exp_avg_sq);
};

class Lamb : public torch::optim::Optimizer {
 public:
  /// Throws for options that Adam does not take either.
  Lamb(std::vector<at::Tensor> parameters, const LambOptions& options);
  at::Tensor step(LossClosure closure = nullptr) override;
};

}  // namespace torchq
