#include "layers/layer.h"

#include <torch/nn/module.h>

#include "errors.h"
#include "layers/members.h"

namespace torchq {

namespace {

/// The first parameter's device, in the order in which libtorch lists them, without making the list.
std::optional<at::Device> firstDevice(const torch::nn::Module& module) {
  for (const auto& parameter : module.parameters(false)) return parameter.device();
  for (const auto& child : module.children())
    if (const auto device = firstDevice(*child)) return device;
  return {};
}

void visitBelow(const Layer& layer, size_t depth, const std::string& path, const Visit& visit) {
  visit(layer, depth, path);
  for (const auto& child : layer.children)
    visitBelow(*child, depth + 1, path.empty() ? child->name : path + "." + child->name, visit);
}

/// Paths have dots between their names, which have none.
bool isBelow(const std::string& path, const std::string& parent) {
  return path.compare(0, parent.size() + 1, parent + ".") == 0;
}

}  // namespace

Tensors Layer::forward(const Tensors& inputs) const {
  if (!type->forward) fail(type->name, ": no forward calculation defined");
  if (inputs.size() < type->minInputs || inputs.size() > type->maxInputs)
    fail(module->name(), "'s forward() method expects ", type->minInputs, " argument(s), but received ",
         inputs.size(), ".");
  for (const auto& input : inputs)
    if (!input.defined()) fail(type->name, ": forward(tensor) not implemented given empty");
  return type->forward(*this, inputs);
}

std::optional<at::Device> Layer::device() const { return firstDevice(*module); }

void Layer::add(std::shared_ptr<Layer> child) {
  if (!type->container) fail(type->name, ": unable to add ", child->type->name, ", not a container");
  if (child->name.empty()) child->name = std::to_string(children.size());
  module->register_module(child->name, child->module);
  structureChanged();
  children.push_back(std::move(child));
}

std::shared_ptr<Layer> Layer::clone() const {
  auto copy = std::make_shared<Layer>(*this);
  if (!type->container) {
    copy->module = module->clone();
    return copy;
  }
  // A container has no tensors of its own making: an empty one of its type takes clones of the children.
  copy->module = type->make({});
  copy->module->train(module->is_training());
  copy->children.clear();
  for (const auto& child : children) copy->add(child->clone());
  return copy;
}

std::string Layer::display() const { return text(*module); }

std::shared_ptr<Layer> makeLayer(const LayerType& type, const LayerSpec& spec) {
  auto layer = std::make_shared<Layer>();
  layer->type = &type;
  layer->name = spec.name;
  layer->definition = spec.definition;
  layer->module = type.make(spec.options);
  for (const auto& child : spec.children) layer->add(makeLayer(child));
  return layer;
}

std::shared_ptr<Layer> makeLayer(const LayerSpec& spec) { return makeLayer(layerType(spec.type), spec); }

void visitLayers(const Layer& root, const Visit& visit) { visitBelow(root, 0, "", visit); }

std::shared_ptr<Layer> layerAt(const Layer& root, const std::string& path) {
  for (const auto& child : root.children) {
    if (child->name == path) return child;
    if (isBelow(path, child->name)) return layerAt(*child, path.substr(child->name.size() + 1));
  }
  return nullptr;
}

std::string holderType(const Layer& root, const std::string& tensor) {
  std::string type = root.type->name;
  visitLayers(root, [&](const Layer& layer, size_t, const std::string& path) {
    if (!path.empty() && isBelow(tensor, path)) type = layer.type->name;
  });
  return type;
}

}  // namespace torchq
