#include "training/guard.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/nn/module.h>

#include <cstring>

namespace torchq {

namespace {

/// The exponent's bits are all ones in infinities and NaNs alone. Many at a time, without branches: compilers make it fast.
template <class Bits>
bool finite(const void* data, int64_t count, Bits exponent) {
  constexpr int64_t BLOCK = 4096;
  const auto* items = static_cast<const Bits*>(data);
  for (int64_t start = 0; start < count; start += BLOCK) {
    const auto end = std::min(start + BLOCK, count);
    Bits found = 0;
    for (auto i = start; i < end; ++i) found |= static_cast<Bits>((items[i] & exponent) == exponent);
    if (found) return false;
  }
  return true;
}

}  // namespace

KeptBuffers::KeptBuffers(const torch::nn::Module& module) : buffers_(module.buffers()) { keep(); }

void KeptBuffers::keep() {
  values_.clear();
  for (const auto& buffer : buffers_) values_.push_back(buffer.clone());
}

void KeptBuffers::putBack() {
  at::NoGradGuard noGrad;
  for (size_t i = 0; i < buffers_.size(); ++i) buffers_[i].copy_(values_[i]);
}

bool allFinite(const at::Tensor& t) {
  if (!t.defined()) return true;
  at::NoGradGuard noGrad;
  if (t.is_sparse()) return allFinite(t._values());
  if (t.is_cpu() && t.is_non_overlapping_and_dense()) {
    if (t.scalar_type() == at::kFloat) return finite<uint32_t>(t.data_ptr(), t.numel(), 0x7f800000U);
    if (t.scalar_type() == at::kDouble) return finite<uint64_t>(t.data_ptr(), t.numel(), 0x7ff0000000000000U);
  }
  return at::isfinite(t).all().item<bool>();
}

}  // namespace torchq
