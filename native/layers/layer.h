// A module of the k api: a torch::nn::Module with what the k api knows of it besides (type, name, options).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "values/options.h"

// Named here only, as libtorch's header of modules takes seconds to read.
namespace torch::nn {
class Module;
}

namespace torchq {

struct Layer;

/// One tensor in and out mostly, several for recurrent layers and losses. The row has said how many it takes.
using Forward = Tensors (*)(const Layer&, const Tensors&);

/// A row: one type of layer or loss. More of them are more rows (DESIGN, decision 8).
struct LayerType {
  const char* name;  ///< the k api's
  std::function<std::shared_ptr<torch::nn::Module>(const Options&)> make;
  Forward forward;  ///< null for containers that only hold layers
  size_t minInputs = 1;
  size_t maxInputs = 1;
  bool container = false;
};

/// The row of a layer, of all in layers/types/; throws for a name that none has.
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
  /// The device of the first parameter, if there is any.
  std::optional<at::Device> device() const;
  /// Adds a child, named or by its position, to a container.
  void add(std::shared_ptr<Layer> child);
  std::shared_ptr<Layer> clone() const;
  /// libtorch's own display of the module.
  std::string display() const;
};

/// Makes a layer of the type, and all below it; parameters are initialised in the order of the tree, as ktorch does.
std::shared_ptr<Layer> makeLayer(const LayerType& type, const LayerSpec& spec);
/// The same, of the type that the spec names.
std::shared_ptr<Layer> makeLayer(const LayerSpec& spec);

/// Walks the tree in preorder: visit(layer, depth, path from the root with dots between).
using Visit = std::function<void(const Layer&, size_t, const std::string&)>;
void visitLayers(const Layer& root, const Visit& visit);

/// The layer below the root at the path; null where there is none.
std::shared_ptr<Layer> layerAt(const Layer& root, const std::string& path);

/// The type of the layer that holds the tensor of that name: the deepest layer whose path the name starts with.
std::string holderType(const Layer& root, const std::string& tensor);

}  // namespace torchq
