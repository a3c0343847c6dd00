#include "layers/layer.h"

#include <torch/nn/module.h>

#include "errors.h"

namespace torchq {

namespace {

/// The first parameter's device, in the order in which libtorch lists them, without making the list.
std::optional<at::Device> firstDevice(const torch::nn::Module& module) {
  for (const auto& parameter : module.parameters(false)) return parameter.device();
  for (const auto& child : module.children())
    if (const auto device = firstDevice(*child)) return device;
  return {};
}

void visitBelow(const Place& place, const std::function<void(const Place&)>& visit) {
  visit(place);
  for (const auto& child : place.layer.children) {
    const auto& name = child.key();
    visitBelow({*child.value(), name, place.depth + 1, place.path.empty() ? name : place.path + "." + name},
               visit);
  }
}

}  // namespace

Tensors Layer::forward(const Tensors& inputs) const {
  if (!type->forward) fail(type->name, ": no forward calculation defined");
  if (inputs.size() < type->minInputs || inputs.size() > type->maxInputs)
    fail(module->name(), "'s forward() method expects ", type->minInputs, " argument(s), but received ",
         inputs.size(), ".");
  // What may be left out may be undefined as well.
  for (size_t i = 0; i < type->minInputs; ++i)
    if (!inputs[i].defined()) fail(type->name, ": forward(tensor) not implemented given empty");
  if (type->elements) {
    const auto elements = type->elements(*this, inputs);
    if (!(elements <= MOST_ELEMENTS))
      fail(type->name, ": a result of ", elements, " elements, at most ", static_cast<int64_t>(MOST_ELEMENTS),
           " are possible");
  }
  return type->forward(*this, inputs);
}

const Layer* Layer::child(const std::string& wanted) const {
  const auto* found = children.find(wanted);
  return found ? found->get() : nullptr;
}

std::optional<at::Device> Layer::device() const { return firstDevice(*module); }

void visitLayers(const Layer& root, const std::function<void(const Place&)>& visit) {
  visitBelow({root, root.name, 0, ""}, visit);
}

std::string Layer::display() const { return text(*module); }

std::shared_ptr<Layer> layerAt(const Layer& root, const std::string& path) {
  const auto end = path.find('.');
  const auto* child = root.children.find(path.substr(0, end));
  if (!child) return nullptr;
  return end == std::string::npos ? *child : layerAt(**child, path.substr(end + 1));
}

std::string label(const Layer& layer) {
  auto name = layer.module->name();
  const std::string room = "torch::nn::", end = "Impl";
  if (name.compare(0, room.size(), room) == 0) name.erase(0, room.size());
  if (name.size() > end.size() && name.compare(name.size() - end.size(), end.size(), end) == 0)
    name.erase(name.size() - end.size());
  return name;
}

std::string holderType(const Layer& root, const std::string& tensor) {
  const auto* holder = &root;
  size_t start = 0;
  for (auto end = tensor.find('.'); end != std::string::npos; end = tensor.find('.', start)) {
    const auto* child = holder->child(tensor.substr(start, end - start));
    if (!child) break;
    holder = child;
    start = end + 1;
  }
  return holder->type->name;
}

}  // namespace torchq
