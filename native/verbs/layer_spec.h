// A layer as TypeScript asks for it, among a verb's arguments.
#pragma once

#include "door/verb.h"
#include "layers/layer.h"

namespace torchq {

template <>
struct From<LayerSpec> {
  static LayerSpec read(const Call& call, const Napi::Value& v);
};

}  // namespace torchq
