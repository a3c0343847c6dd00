#include "training/precision.h"

#include <ATen/ATen.h>

#include "errors.h"
#include "layers/forward.h"
#include "torch_version.h"
#include "values/names.h"

namespace torchq {

namespace {

/// While it lives the calling thread's operators use a shorter type. Copies of parameters are made once and end with it.
class Autocast {
 public:
  Autocast(at::ScalarType type, at::Device device) : type_(type), device_(device) {
    if (!device.is_cpu() && !device.is_cuda()) fail("autocast: not to be had on ", nameOf(device));
    if (type == at::kHalf && !device.is_cuda())
      fail("autocast: half needs a model on a CUDA device, it is on ", nameOf(device), "; use bfloat16");
    at::autocast::increment_nesting();
    setAutocast(device_.type(), true, type_);
  }
  ~Autocast() {
    setAutocast(device_.type(), false, type_);
    if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
  }
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  at::ScalarType type_;
  at::Device device_;
};

Tensors channelsLast(Tensors tensors) {
  for (auto& t : tensors)
    if (t.defined() && t.dim() == 4 && t.layout() == at::kStrided)
      t = t.contiguous(at::MemoryFormat::ChannelsLast);
  return tensors;
}

}  // namespace

Tensors forwardAs(const RunOptions& options, const Layer& layer, const Tensors& inputs) {
  if (!options.autocast && !options.channelslast) return forwardOf(layer, inputs);
  const auto given = options.channelslast ? channelsLast(inputs) : inputs;
  if (!options.autocast) return forwardOf(layer, given);
  Tensors outputs;
  {
    const Autocast autocast(*options.autocast, layer.device().value_or(at::Device(at::kCPU)));
    outputs = forwardOf(layer, given);
  }
  for (auto& t : outputs)
    if (t.defined() && t.scalar_type() == *options.autocast) t = t.to(at::kFloat);
  return outputs;
}

}  // namespace torchq
