// A layer as TypeScript asks for it, among a verb's arguments.
#pragma once

#include "door/verb.h"
#include "layers/layer.h"

namespace torchq {

template <>
struct From<LayerSpec> {
  static LayerSpec read(const Call& call, const Napi::Value& v);
};

/// A guess from the largest numbers among the options: linear(1000;1000) has a million weights to initialise.
int64_t weigh(const LayerSpec& spec);

}  // namespace torchq
