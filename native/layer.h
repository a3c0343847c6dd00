// A module of the k api: a torch::nn::Module with what the k api knows of it besides (type, name, options).
#pragma once

#include "js.h"

namespace torchq {

/// What every layer's forward takes and gives: one tensor mostly, several for recurrent layers and losses.
using Forward = std::function<Tensors(const Tensors&)>;

/// What TypeScript asks for: a whole tree, checked and complete.
struct LayerSpec {
  std::string type;                ///< the k api's name, a row of layer_types.cc
  std::string name;                ///< empty: the parent names it by its position
  Options options;                 ///< complete
  std::vector<uint8_t> definition; ///< the options as k bytes, opaque here: what `module` prints back
  std::vector<LayerSpec> children;
};

struct Layer {
  std::string type;
  std::string name;
  std::vector<uint8_t> definition;
  std::shared_ptr<torch::nn::Module> module;
  Forward forward;
  bool container = false;
  std::vector<std::shared_ptr<Layer>> children;
};

template <>
struct From<LayerSpec> {
  static LayerSpec read(const Napi::Value& v);
};

/// Makes the layer and all below it; parameters are initialised in the order of the tree, as ktorch does.
std::shared_ptr<Layer> makeLayer(const LayerSpec& spec);

}  // namespace torchq
