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

}  // namespace torchq
