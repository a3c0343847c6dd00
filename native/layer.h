// A module of the k api: a torch::nn::Module with what the k api knows of it besides (type, name, options).
#pragma once

#include "js.h"

namespace torchq {

struct Layer;

/// One tensor in and out mostly, several for recurrent layers and losses. The row has said how many it takes.
using Forward = Tensors (*)(const Layer&, const Tensors&);

/// A row: one type of layer or loss. More of them are more rows (DESIGN, decision 7).
struct LayerType {
  const char* name;  ///< the k api's
  std::function<std::shared_ptr<torch::nn::Module>(const Options&)> make;
  Forward forward;  ///< null for containers that only hold layers
  size_t minInputs = 1;
  size_t maxInputs = 1;
  bool container = false;
};

/// The rows of every layer_*.cc; throws for a name that none has.
const LayerType& layerType(const std::string& name);

/// What TypeScript asks for: a whole tree, checked and complete.
struct LayerSpec {
  std::string type;
  std::string name;                 ///< empty: the parent names it by its position
  Options options;                  ///< complete
  std::vector<uint8_t> definition;  ///< the options as k bytes, opaque here: what `module` prints back
  std::vector<LayerSpec> children;
};

struct Layer {
  const LayerType* type = nullptr;
  std::string name;
  std::vector<uint8_t> definition;
  std::shared_ptr<torch::nn::Module> module;
  std::vector<std::shared_ptr<Layer>> children;

  /// Checks the number of inputs, then computes.
  Tensors forward(const Tensors& inputs) const;
  /// Adds a child, named or by its position, to a container.
  void add(std::shared_ptr<Layer> child);
  std::shared_ptr<Layer> clone() const;
};

template <>
struct From<LayerSpec> {
  static LayerSpec read(const Napi::Value& v);
};

/// Makes the layer and all below it; parameters are initialised in the order of the tree, as ktorch does.
std::shared_ptr<Layer> makeLayer(const LayerSpec& spec);

/// Walks the tree in preorder: visit(layer, depth, path from the root with dots between).
using Visit = std::function<void(const std::shared_ptr<Layer>&, size_t, const std::string&)>;
void visitLayers(const std::shared_ptr<Layer>& root, const Visit& visit);

}  // namespace torchq
