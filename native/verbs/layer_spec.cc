#include "verbs/layer_spec.h"

namespace torchq {

LayerSpec From<LayerSpec>::read(const Call& call, const Napi::Value& v) {
  const auto object = v.As<Napi::Object>();
  LayerSpec spec;
  spec.type = object.Get("type").ToString();
  spec.name = object.Get("name").ToString();
  spec.options = From<Options>::read(call, object.Get("options"));
  spec.definition = From<std::vector<uint8_t>>::read(call, object.Get("definition"));
  spec.children = From<std::vector<LayerSpec>>::read(call, object.Get("children"));
  return spec;
}

int64_t weigh(const LayerSpec& spec) {
  int64_t product = 1;
  for (const auto& [name, option] : spec.options.items)
    product = std::min(product * std::max<int64_t>(weigh(option), 1), INLINE_LIMIT + 1);
  return product + weigh(spec.children);
}

}  // namespace torchq
