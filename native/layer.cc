#include "layer.h"

#include "layer_rows.h"
#include "members.h"

namespace torchq {

const LayerType& layerType(const std::string& name) {
  static const auto types = [] {
    std::unordered_map<std::string, LayerType> all;
    for (const auto& rows :
         {basicLayers(), spatialLayers(), shapeLayers(), recurrentLayers(), containerLayers(), lossLayers()})
      for (const auto& row : rows) all.emplace(row.name, row);
    return all;
  }();
  const auto it = types.find(name);
  if (it == types.end()) fail("unrecognized module: ", name);
  return it->second;
}

Tensors Layer::forward(const Tensors& inputs) const {
  if (!type->forward) fail(type->name, ": no forward calculation defined");
  if (inputs.size() < type->minInputs || inputs.size() > type->maxInputs)
    fail(module->name(), "'s forward() method expects ", type->minInputs, " argument(s), but received ",
         inputs.size(), ".");
  for (const auto& input : inputs)
    if (!input.defined()) fail(type->name, ": forward(tensor) not implemented given empty");
  return type->forward(*this, inputs);
}

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

LayerSpec From<LayerSpec>::read(const Napi::Value& v) {
  const auto object = v.As<Napi::Object>();
  LayerSpec spec;
  spec.type = object.Get("type").ToString();
  spec.name = object.Get("name").ToString();
  spec.options = optionsFrom(object.Get("options"));
  spec.definition = From<std::vector<uint8_t>>::read(object.Get("definition"));
  spec.children = From<std::vector<LayerSpec>>::read(object.Get("children"));
  return spec;
}

std::shared_ptr<Layer> makeLayer(const LayerSpec& spec) {
  auto layer = std::make_shared<Layer>();
  layer->type = &layerType(spec.type);
  layer->name = spec.name;
  layer->definition = spec.definition;
  layer->module = layer->type->make(spec.options);
  for (const auto& child : spec.children) layer->add(makeLayer(child));
  return layer;
}

namespace {

void visitBelow(const std::shared_ptr<Layer>& layer, size_t depth, const std::string& path,
                const Visit& visit) {
  visit(layer, depth, path);
  for (const auto& child : layer->children)
    visitBelow(child, depth + 1, path.empty() ? child->name : path + "." + child->name, visit);
}

}  // namespace

void visitLayers(const std::shared_ptr<Layer>& root, const Visit& visit) { visitBelow(root, 0, "", visit); }

}  // namespace torchq
