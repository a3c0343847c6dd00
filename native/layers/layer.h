// A module of the k api: a torch::nn::Module with what the k api knows of it besides (type, name, options).
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/ordered_dict.h>

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
/// The name of a child that comes after others, in a container where children have places of their own; throws where it
/// has none for such a child.
using Slot = std::string (*)(const std::vector<const Layer*>& before, const Layer& child);
/// How many elements the result will have, at most; a double, which does not overflow.
using Elements = double (*)(const Layer&, const Tensors&);

/// A row: one type of layer or loss. More of them are more rows (DESIGN, decision 8).
struct LayerType {
  const char* name;  ///< the k api's
  std::function<std::shared_ptr<torch::nn::Module>(const Options&)> make;
  Forward forward;  ///< null for containers that only hold layers
  size_t minInputs = 1;
  size_t maxInputs = 1;
  bool container = false;
  Elements elements = nullptr;  ///< null where no option makes a small input large
  Slot slot = nullptr;          ///< null where any child may come anywhere
  void (*begin)(const Layer&) =
      nullptr;  ///< gives first values once all parts are there; null: they have theirs
};

/// The row of a layer, of all in layers/types/; throws for a name that none has.
const LayerType& layerType(const std::string& name);

/// What TypeScript asks for: a whole tree, checked and complete.
struct LayerSpec {
  std::string type;
  std::string name;                 ///< empty: the parent names it by its position
  Options options;                  ///< complete
  std::vector<uint8_t> definition;  ///< the options as k bytes, opaque here: what `module` prints back
  std::vector<LayerSpec> children;  ///< a container's, or the parts that a type is made of
};

/// Trees are trees: a layer has one parent at most, so that paths and walks are as many as layers. They are bounded, so
/// that whatever recurses into them ends; libtorch's destructors do.
constexpr size_t MOST_DEPTH = 256;
constexpr size_t MOST_LAYERS = 10000;
/// The largest result of a layer whose options say how large it is: sizes beyond it overflow in libtorch's kernels.
constexpr double MOST_ELEMENTS = 2147483647;

struct Layer : std::enable_shared_from_this<Layer> {
  const LayerType* type = nullptr;
  std::string name;  ///< as given, or its position in the parent that it was added to
  Options options;   ///< tensors among them keep their shape alone: their values are the module's
  std::vector<uint8_t> definition;
  std::shared_ptr<torch::nn::Module> module;
  torch::OrderedDict<std::string, std::shared_ptr<Layer>> children{"Submodule"};
  std::weak_ptr<Layer> parent;
  size_t count = 1;   ///< layers in the tree from here on
  size_t height = 0;  ///< levels below

  /// Checks the number of inputs and the size of what will come out, then computes.
  Tensors forward(const Tensors& inputs) const;
  /// The child of the name; null where there is none.
  const Layer* child(const std::string& name) const;
  /// The device of the first parameter, if there is any.
  std::optional<at::Device> device() const;
  /// A layer made anew from the options, with parameters, buffers, their flags and modes as they are here.
  std::shared_ptr<Layer> clone() const;
  /// libtorch's own display of the module.
  std::string display() const;
};

/// Makes a layer of the type, and all below it; parameters are initialised in the order of the tree, as ktorch does.
std::shared_ptr<Layer> makeLayer(const LayerType& type, const LayerSpec& spec);
/// The same, of the type that the spec names.
std::shared_ptr<Layer> makeLayer(const LayerSpec& spec);

struct Addition {
  std::shared_ptr<Layer> parent;
  std::shared_ptr<Layer> child;  ///< named by its position where it has no name
};

/// Adds children to the containers of one tree, all or none of them: everything is checked first.
void addChildren(const std::vector<Addition>& additions);
/// For a container that only lists layers: they stay where they are. It cannot be added to another.
void listChild(Layer& container, const std::string& name, const std::shared_ptr<Layer>& child);

/// A layer on a walk.
struct Place {
  const Layer& layer;
  const std::string& name;
  size_t depth;
  const std::string& path;  ///< from the root, dots between; empty for the root
};

/// Walks the tree in preorder.
void visitLayers(const Layer& root, const std::function<void(const Place&)>& visit);

/// The layer below the root at the path; null where there is none.
std::shared_ptr<Layer> layerAt(const Layer& root, const std::string& path);

/// What the k api calls the class of a layer's module in its errors.
std::string label(const Layer& layer);

/// Gives a layer the parameters, buffers, their flags and modes of one whose tree is alike; throws where it is not.
void copyTensors(const Layer& from, const Layer& to);

/// The type of the layer that holds the tensor of that name: the deepest layer whose path the name starts with. Names of
/// layers have no dots.
std::string holderType(const Layer& root, const std::string& tensor);

}  // namespace torchq
