// libtorch's ways to begin with weights, which are no operators of the dispatcher.
#include <ATen/core/grad_mode.h>
#include <torch/nn/init.h>

#include <unordered_map>

#include "door/verb.h"
#include "verbs/verbs.h"

namespace torchq {

namespace {

namespace init = torch::nn::init;

init::NonlinearityType nonlinearityOf(const std::string& name) {
  static const std::unordered_map<std::string, init::NonlinearityType> all{
      {"linear", torch::kLinear},
      {"conv1d", torch::kConv1D},
      {"conv2d", torch::kConv2D},
      {"conv3d", torch::kConv3D},
      {"convtranspose1d", torch::kConvTranspose1D},
      {"convtranspose2d", torch::kConvTranspose2D},
      {"convtranspose3d", torch::kConvTranspose3D},
      {"sigmoid", torch::kSigmoid},
      {"tanh", torch::kTanh},
      {"relu", torch::kReLU},
      {"leakyrelu", torch::kLeakyReLU}};
  const auto it = all.find(name);
  if (it == all.end()) fail("unrecognized non-linearity `", name);
  return it->second;
}

init::FanModeType fanOf(const std::string& name) {
  return name == "fanout" ? init::FanModeType(torch::kFanOut) : init::FanModeType(torch::kFanIn);
}

/// Sets the tensor's values. `a` is the gain, slope or fraction of zeros; `b` the standard deviation of the others.
void initialiseTensor(at::Tensor t, const std::string& method, double a, double b, const std::string& fan,
                      const std::string& nonlinearity) {
  // No elements, no values; and orthogonal_ divides by the number of rows.
  if (t.dim() >= 2 && t.numel() == 0) return;
  if (method == "eye")
    init::eye_(t);
  else if (method == "dirac")
    init::dirac_(t);
  else if (method == "orthogonal")
    init::orthogonal_(t, a);
  else if (method == "xnormal")
    init::xavier_normal_(t, a);
  else if (method == "xuniform")
    init::xavier_uniform_(t, a);
  else if (method == "knormal")
    init::kaiming_normal_(t, a, fanOf(fan), nonlinearityOf(nonlinearity));
  else if (method == "kuniform")
    init::kaiming_uniform_(t, a, fanOf(fan), nonlinearityOf(nonlinearity));
  else if (method == "snormal")
    init::sparse_(t, a, b);
  else
    fail("unrecognized initialisation: ", method);
}

}  // namespace

void initialValueVerbs(Verbs& verbs) { verbs.work<initialiseTensor>("initialiseTensor"); }

}  // namespace torchq
