#include "operators/cost.h"

#include <algorithm>
#include <sstream>
#include <unordered_map>
#include <variant>

#include "values/weight.h"

namespace torchq {

namespace {

struct Row {
  Growth growth;
  const char* names;
};

/// Names without a trailing underscore: an operator in place is as the one that is not. What stands nowhere is work.
constexpr Row ROWS[] = {
    // one result for an element, or for a few
    {Growth::elements,
     "abs absolute acos acosh add addcdiv addcmul angle arccos arccosh arcsin arcsinh arctan arctanh "
     "asin asinh atan atan2 atanh bitwise_and bitwise_not bitwise_or bitwise_xor ceil clamp clamp_max "
     "clamp_min clip clone complex conj contiguous copy copysign cos cosh deg2rad digamma div divide eq "
     "erf erfc erfinv exp exp2 expm1 fill float_power floor floor_divide fmax fmin fmod frac full_like "
     "ge greater greater_equal gt heaviside hypot i0 isclose isfinite isinf isnan isneginf isposinf "
     "isreal ldexp le lerp less less_equal lgamma log log10 log1p log2 logaddexp logaddexp2 logical_and "
     "logical_not logical_or logical_xor logit lt maximum minimum mul multiply nan_to_num ne neg "
     "negative nextafter not_equal ones_like polar positive pow rad2deg rand_like randn_like real "
     "reciprocal relu remainder round rsqrt rsub sgn sigmoid sign signbit sin sinc sinh sqrt square sub "
     "subtract tan tanh _to_copy true_divide trunc where xlogy zero zeros_like empty_like"},
    // less than they are given
    {Growth::elements,
     "all allclose amax amin aminmax any argmax argmin argsort count_nonzero cummax cummin cumprod "
     "cumsum dot equal log_softmax logsumexp max mean min nanmean nansum norm prod softmax sort std sum "
     "topk trace vdot var"},
    // other views of the same, or the same in another order
    {Growth::elements,
     "alias cat concat detach diagonal expand_as flatten flip fliplr flipud imag moveaxis movedim narrow "
     "permute ravel reshape resolve_conj resolve_neg roll rot90 select slice squeeze stack swapaxes "
     "swapdims t transpose unsqueeze view view_as_complex view_as_real"},
    {Growth::sizes, "as_strided broadcast_to empty expand full ones rand randn repeat tile zeros"},
    {Growth::product, "bmm gather index_select kron matmul mm mv outer take"},
};

const std::unordered_map<std::string, Growth>& table() {
  static const auto* const all = [] {
    auto* result = new std::unordered_map<std::string, Growth>;
    for (const auto& row : ROWS) {
      std::istringstream names(row.names);
      for (std::string name; names >> name;) result->emplace(name, row.growth);
    }
    return result;
  }();
  return *all;
}

/// A product that stops at what is too much.
int64_t times(int64_t a, int64_t b) {
  int64_t result;
  return __builtin_mul_overflow(a, b, &result) ? TOO_MUCH : std::min(result, TOO_MUCH);
}

/// What the arguments of one call stand for.
class Sum {
 public:
  explicit Sum(const std::vector<Any>& args) {
    for (const auto& arg : args) add(arg);
  }

  int64_t of(Growth growth) const {
    if (elsewhere_) return TOO_MUCH;
    switch (growth) {
      case Growth::elements:
        return std::max(broadcast(), listed_);
      case Growth::sizes:
        return times(times(integers_, broadcast()), std::max<int64_t>(listed_, 1));
      case Growth::product:
        return times(product_, std::max<int64_t>(listed_, 1));
      default:
        return TOO_MUCH;
    }
  }

 private:
  std::vector<int64_t> shape_;  // of all tensors, broadcast, the last dimension first
  int64_t product_ = 1;
  int64_t listed_ = 0;  // elements of the tensors in lists
  int64_t integers_ = 1;
  bool elsewhere_ =
      false;  // not on the CPU, or without elements, where a result may still have any number of lists

  int64_t broadcast() const {
    int64_t result = 1;
    for (const auto size : shape_) result = times(result, size);
    return result;
  }

  int64_t elements(const Input& input) {
    int64_t result = 1;
    for (const auto size : sizesOf(input)) result = times(result, size);
    if (result == 0) elsewhere_ = true;
    return result;
  }

  std::vector<int64_t> sizesOf(const Input& input) {
    if (const auto* k = std::get_if<KView>(&input.source)) return sizesOfK(*k);
    const auto* t = std::get_if<at::Tensor>(&input.source);
    if (!t || !t->defined()) return {};
    if (!t->device().is_cpu()) elsewhere_ = true;
    return t->sizes().vec();
  }

  void add(const Any& arg) {
    if (const auto* input = std::get_if<Input>(&arg.value)) {
      product_ = times(product_, elements(*input));
      auto sizes = sizesOf(*input);
      std::reverse(sizes.begin(), sizes.end());
      if (sizes.size() > shape_.size()) shape_.resize(sizes.size(), 1);
      for (size_t i = 0; i < sizes.size(); ++i) shape_[i] = std::max(shape_[i], sizes[i]);
    } else if (const auto* list = std::get_if<std::vector<Any>>(&arg.value)) {
      for (const auto& item : *list) {
        if (const auto* i = std::get_if<int64_t>(&item.value))
          integers_ = times(integers_, std::max<int64_t>(*i, 1));
        if (const auto* input = std::get_if<Input>(&item.value)) listed_ = plus(listed_, elements(*input));
      }
    } else if (weigh(arg) > 0 && std::holds_alternative<std::string>(arg.value)) {
      elsewhere_ = true;  // a device's name
    }
  }
};

}  // namespace

Growth growthOf(const std::string& name) {
  auto base = name.substr(name.rfind(':') + 1);
  if (base.size() > 1 && base.back() == '_') base.pop_back();
  const auto it = table().find(base);
  return it == table().end() ? Growth::unknown : it->second;
}

int64_t weighCall(Growth growth, const std::vector<Any>& args) {
  return growth == Growth::unknown ? TOO_MUCH : Sum(args).of(growth);
}

}  // namespace torchq
