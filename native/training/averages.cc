#include "training/averages.h"

#include <ATen/ATen.h>
#include <ATen/ExpandUtils.h>
#include <ATen/core/grad_mode.h>
#include <torch/nn/modules/batchnorm.h>

#include <cmath>

#include "errors.h"
#include "torch_version.h"

namespace torchq {

namespace {

namespace nn = torch::nn;

/// Throws libtorch's error where `from` does not become as large as `to` by broadcasting.
void checkFits(const at::Tensor& to, const at::Tensor& from, const char* who, const std::string& name) {
  if (at::infer_size(to.sizes(), from.sizes()) != to.sizes().vec())
    fail(who, ": size mismatch for parameter `", name, ", size is ", to.sizes(), ", given ", from.sizes());
}

/// Calls with the module of a batch normalization, whatever its dimensions; false for other layers.
template <class Use>
bool withNorm(const Layer& layer, Use use) {
  auto& module = *layer.module;
  if (auto* norm = module.as<nn::BatchNorm1dImpl>()) return use(*norm), true;
  if (auto* norm = module.as<nn::BatchNorm2dImpl>()) return use(*norm), true;
  if (auto* norm = module.as<nn::BatchNorm3dImpl>()) return use(*norm), true;
  return false;
}

constexpr const char* COUNT = ".n";

double countOf(const at::Tensor& t) {
  if (t.numel() != 1 || t.is_complex()) fail("avgparms: .n expects a single number, given ", t.sizes());
  const auto count = t.item<double>();
  if (!(count >= 0 && std::isfinite(count)))
    fail("avgparms: .n expects the count of averages, given ", count);
  return count;
}

}  // namespace

std::vector<bool> putParameters(const Members& parameters, const TensorDict& values) {
  at::NoGradGuard noGrad;
  std::vector<bool> found;
  for (size_t i = 0; i < parameters.tensors.size(); ++i) {
    const auto* value = values.items.find(parameters.names[i]);
    if (value) checkFits(parameters.tensors[i], *value, "copyparms", parameters.names[i]);
    found.push_back(value != nullptr);
  }
  for (size_t i = 0; i < found.size(); ++i)
    if (found[i]) parameters.tensors[i].detach().copy_(values.items[parameters.names[i]]);
  return found;
}

int64_t average(const Members& parameters, TensorDict& averages) {
  at::NoGradGuard noGrad;
  const auto* counted = averages.items.find(COUNT);
  const auto count = counted ? countOf(*counted) : 1;
  const auto share = 1 / (1 + count);
  std::vector<std::pair<at::Tensor, at::Tensor>> changes;
  for (size_t i = 0; i < parameters.tensors.size(); ++i) {
    const auto& name = parameters.names[i];
    const auto* found = averages.items.find(name);
    if (!found) fail("avgparms: parameter ", name, " not found, unable to compute average");
    const auto& now = parameters.tensors[i];
    if (!found->is_floating_point() && !found->is_complex())
      fail("avgparms: the average of parameter ", name, " is of ", found->scalar_type(),
           ", it needs fractions");
    checkFits(*found, now, "avgparms", name);
    const bool frozen = !averages.what.empty() && !found->requires_grad();
    if (!frozen) changes.emplace_back(*found, *found + share * (now.detach() - *found));
  }
  for (auto& [target, value] : changes) target.copy_(value);
  const auto next = at::scalar_tensor(count + 1, at::kDouble);
  if (counted)
    averages.items[COUNT] = next;
  else
    averages.items.insert(COUNT, next);
  return static_cast<int64_t>(count + 1);
}

std::vector<Momentum> momenta(const Layer& root) {
  std::vector<Momentum> result;
  visitLayers(root, [&](const Place& place) {
    withNorm(place.layer, [&](auto& norm) {
      const auto& value = norm.options.momentum();
      result.push_back({place.path, value ? std::optional<double>(*value) : std::nullopt});
    });
  });
  return result;
}

void setMomentum(const std::shared_ptr<Layer>& root, const Momentum& momentum,
                 const std::vector<uint8_t>& definition) {
  const auto layer = momentum.path.empty() ? root : layerAt(*root, momentum.path);
  const auto set = [&](auto& norm) {
    if (momentum.value)
      norm.options.momentum(*momentum.value);
    else
      norm.options.momentum(TorchOptional<double>());
  };
  if (!layer || !withNorm(*layer, set))
    fail("batchnorm: unable to locate batch norm module '", momentum.path, "' to restore momentum");
  for (auto& [name, value] : layer->options.items)
    if (name == "momentum") value = momentum.value ? Any{*momentum.value} : Any{};
  layer->definition = definition;
}

void resetStatistics(const Layer& root) {
  at::NoGradGuard noGrad;
  visitLayers(root, [](const Place& place) {
    withNorm(place.layer, [](auto& norm) { norm.reset_running_stats(); });
  });
}

}  // namespace torchq
