// Layers in trees: made from specs, added to each other, cloned.
#include <ATen/core/grad_mode.h>
#include <torch/nn/module.h>

#include <algorithm>
#include <set>
#include <unordered_map>

#include "errors.h"
#include "layers/layer.h"
#include "layers/members.h"

namespace torchq {

namespace {

namespace nn = torch::nn;
using ModulePointer = std::shared_ptr<nn::Module>;

/// Takes the child into the tree.
/// @param inside whether libtorch's own module has it already
void attach(const std::shared_ptr<Layer>& parent, const std::shared_ptr<Layer>& child,
            const std::string& name, bool inside = false) {
  if (!inside) parent->module->register_module(name, child->module);
  child->name = name;
  child->parent = parent;
  parent->children.insert(name, child);
  auto height = child->height;
  for (auto above = parent; above; above = above->parent.lock()) {
    above->count += child->count;
    above->height = std::max(above->height, ++height);
  }
}

/// What additions to one tree have come to so far.
struct Planned {
  size_t layers = 0;
  std::unordered_map<const Layer*, std::vector<const Layer*>> added;
  std::set<std::pair<const Layer*, std::string>> names;
  std::set<const Layer*> children;
};

std::vector<const Layer*> childrenOf(const Layer& layer, const std::vector<const Layer*>& added) {
  std::vector<const Layer*> result;
  for (const auto& child : layer.children) result.push_back(child.value().get());
  result.insert(result.end(), added.begin(), added.end());
  return result;
}

bool listsOnly(const Layer& layer) {
  return !layer.children.is_empty() && layer.children[0].value()->parent.lock().get() != &layer;
}

/// @returns the name that the child will have
std::string checkAddition(const Addition& addition, Planned& planned) {
  const auto& [parent, child] = addition;
  const auto* type = child->type->name;
  auto root = parent;
  size_t depth = 1;
  for (auto above = parent; above; above = above->parent.lock(), ++depth) {
    if (above == child) fail("module: unable to add a module to itself");
    root = above;
  }
  if (!child->parent.expired() || !planned.children.insert(child.get()).second)
    fail("module: unable to add ", type, " `", child->name, ", it is part of another module already");
  if (listsOnly(*child)) fail("module: unable to add the modules of an optimizer as one");
  if (depth - 1 + child->height > MOST_DEPTH)
    fail("module: unable to add ", type, ", at most ", MOST_DEPTH, " levels of modules are possible");
  planned.layers += child->count;
  if (root->count + planned.layers > MOST_LAYERS)
    fail("module: unable to add ", type, ", at most ", MOST_LAYERS, " modules are possible in one");
  auto& added = planned.added[parent.get()];
  const auto position = parent->children.size() + added.size();
  auto name = parent->type->slot ? parent->type->slot(childrenOf(*parent, added), *child) : child->name;
  if (name.empty()) name = std::to_string(position);
  added.push_back(child.get());
  if (name.find('.') != std::string::npos) fail("Submodule name must not contain a dot (got '", name, "')");
  if (parent->children.contains(name) || !planned.names.emplace(parent.get(), name).second)
    fail("Submodule '", name, "' already defined");
  return name;
}

/// @param made the module of a part that libtorch makes itself; null where it is ours to make
std::shared_ptr<Layer> makeIn(const LayerType& type, const LayerSpec& spec, const ModulePointer& made) {
  auto layer = std::make_shared<Layer>();
  const auto options = spec.options.resolved();
  layer->type = &type;
  layer->name = spec.name;
  layer->options = options.shapes();
  layer->definition = spec.definition;
  layer->module = made ? made : type.make(options);
  const auto inside = layer->module->named_children();
  for (const auto& child : spec.children) {
    const auto* own = inside.find(child.name);
    const auto below = makeIn(layerType(child.type), child, own ? *own : nullptr);
    Planned planned;
    attach(layer, below, checkAddition({layer, below}, planned), own != nullptr);
  }
  if (type.begin) type.begin(*layer);
  return layer;
}

LayerSpec specOf(const Layer& layer, const std::string& name) {
  LayerSpec spec{layer.type->name, name, layer.options, layer.definition, {}};
  for (const auto& child : layer.children) spec.children.push_back(specOf(*child.value(), child.key()));
  return spec;
}

/// The tensors and mode of a module, without those of modules inside, for one that was made alike.
void copyOwn(const nn::Module& from, nn::Module& to) {
  to.train(from.is_training());
  const auto parameters = to.named_parameters(false), buffers = to.named_buffers(false);
  for (const auto& item : from.named_parameters(false)) {
    const auto copy = item.value().detach().clone();
    const bool flag = item.value().requires_grad();
    if (const auto* own = parameters.find(item.key())) {
      own->set_data(copy);
      own->requires_grad_(flag);
    } else {
      to.register_parameter(item.key(), copy, flag);
    }
  }
  for (const auto& item : from.named_buffers(false)) {
    const auto copy = item.value().detach().clone();
    if (const auto* own = buffers.find(item.key()))
      own->set_data(copy);
    else
      to.register_buffer(item.key(), copy);
  }
}

void checkAlike(const Layer& a, const Layer& b) {
  if (a.type != b.type || a.children.size() != b.children.size())
    fail("module: ", a.type->name, " and ", b.type->name, " are not made of the same modules");
  for (size_t i = 0; i < a.children.size(); ++i) checkAlike(*a.children[i].value(), *b.children[i].value());
}

void copyBelow(const Layer& from, const Layer& to) {
  copyOwn(*from.module, *to.module);
  for (size_t i = 0; i < from.children.size(); ++i)
    copyBelow(*from.children[i].value(), *to.children[i].value());
}

}  // namespace

void copyTensors(const Layer& from, const Layer& to) {
  at::NoGradGuard noGrad;
  checkAlike(from, to);
  copyBelow(from, to);
}

std::shared_ptr<Layer> makeLayer(const LayerType& type, const LayerSpec& spec) {
  return makeIn(type, spec, nullptr);
}

std::shared_ptr<Layer> makeLayer(const LayerSpec& spec) { return makeLayer(layerType(spec.type), spec); }

void addChildren(const std::vector<Addition>& additions) {
  Planned planned;
  std::vector<std::string> names;
  for (const auto& addition : additions) {
    const auto& [parent, child] = addition;
    if (!parent->type->container)
      fail(parent->type->name, ": unable to add ", child->type->name, ", not a container");
    names.push_back(checkAddition(addition, planned));
  }
  for (size_t i = 0; i < additions.size(); ++i) attach(additions[i].parent, additions[i].child, names[i]);
  structureChanged();
}

void listChild(Layer& container, const std::string& name, const std::shared_ptr<Layer>& child) {
  container.module->register_module(name, child->module);
  container.children.insert(name, child);
}

std::shared_ptr<Layer> Layer::clone() const {
  at::NoGradGuard noGrad;
  auto copy = makeLayer(*type, specOf(*this, name));
  copyBelow(*this, *copy);
  return copy;
}

}  // namespace torchq
