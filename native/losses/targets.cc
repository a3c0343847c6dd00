#include "losses/targets.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "errors.h"

namespace torchq {

namespace {

enum class Classes {
  one,            ///< of each sample (and place)
  probabilities,  ///< the same, or as many numbers as the output has: the classes' probabilities
  several         ///< of each sample, as many as there are at most, -1 after the last
};

/// Losses whose targets are classes.
struct ClassLoss {
  const char* name;
  Classes classes;
};
constexpr ClassLoss CLASS_LOSSES[] = {{"ce", Classes::probabilities},
                                      {"nll", Classes::one},
                                      {"multimargin", Classes::one},
                                      {"multilabel", Classes::several}};

/// libtorch checks classes on the CPU; on other devices one that is none ends the device's context.
void checkClasses(const std::string& loss, const at::Tensor& given, int64_t least, int64_t count,
                  std::optional<int64_t> ignored) {
  const auto* values = given.data_ptr<double>();
  for (int64_t i = 0; i < given.numel(); ++i) {
    const auto x = values[i];
    const bool known =
        x >= static_cast<double>(least) && x < static_cast<double>(count) && x == std::floor(x);
    if (!known && !(ignored && x == static_cast<double>(*ignored)))
      fail(loss, ": target ", x, " of sample ", i / std::max<int64_t>(given.numel() / given.size(0), 1),
           ", a class from ", least, " to ", count - 1, " expected");
  }
}

at::Tensor classesOf(const Loss& loss, Classes classes, const at::Tensor& output, const at::Tensor& given) {
  const auto& layer = *loss.layer;
  const std::string name = layer.type->name;
  if (output.dim() < 2) fail(name, ": output of sizes ", output.sizes(), ", samples x classes expected");
  auto sizes = output.sizes().vec();
  if (classes != Classes::several) sizes.erase(sizes.begin() + 1);
  if (given.numel() != c10::multiply_integers(sizes))
    fail(name, ": targets of sizes ", given.sizes(), " for an output of sizes ", output.sizes(), ": ",
         at::IntArrayRef(sizes), " expected");
  const auto ignored = layer.options.maybeInteger("ignore");
  checkClasses(name, given, classes == Classes::several ? -1 : 0, output.size(1), ignored);
  return given.reshape(sizes).to(output.device(), at::kLong);
}

}  // namespace

at::Tensor targetFor(const Loss& loss, const at::Tensor& output, const at::Tensor& given) {
  const bool asMany = given.numel() == output.numel();
  for (const auto& row : CLASS_LOSSES) {
    if (loss.layer->type->name != std::string(row.name)) continue;
    const bool probabilities =
        row.classes == Classes::probabilities && asMany && output.dim() > 1 && output.size(1) > 1;
    if (!probabilities) return classesOf(loss, row.classes, output, given);
  }
  const auto target = given.to(output.device(), output.scalar_type());
  return asMany ? target.reshape(output.sizes()) : target;
}

}  // namespace torchq
