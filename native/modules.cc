// Verbs on modules and losses: making them, their tree, their calculation.
#include "errors.h"
#include "members.h"
#include "model.h"
#include "names.h"
#include "rooms.h"
#include "verb.h"

namespace torchq {

namespace {

namespace nn = torch::nn;

Made module(const LayerSpec& spec) { return {makeLayer(spec)}; }
Made loss(const LayerSpec& spec) { return {std::make_shared<Loss>(Loss{makeLayer(spec)})}; }

std::shared_ptr<Layer> lastContainer(const std::shared_ptr<Layer>& root, int64_t depth) {
  std::shared_ptr<Layer> found = root;
  size_t level = 0;
  while (depth < 0 || static_cast<int64_t>(level) + 1 < depth) {
    if (found->children.empty() || !found->children.back()->type->container) break;
    found = found->children.back();
    ++level;
  }
  return found;
}

/// Adds a child to the last container at `depth - 1`; with -1 to the deepest last one.
void append(const std::shared_ptr<Layer>& root, int64_t depth, const LayerSpec& spec) {
  lastContainer(root, depth)->add(makeLayer(spec));
}

/// Makes an existing module a child, as `append` does a new one.
void adopt(const std::shared_ptr<Layer>& root, int64_t depth, const std::shared_ptr<Layer>& child) {
  const auto parent = lastContainer(root, depth);
  visitLayers(child, [&](const std::shared_ptr<Layer>& layer, size_t, const std::string&) {
    if (layer->module == parent->module) fail("module: unable to add a module to itself");
  });
  parent->add(child);
}

Record info(size_t depth, const std::string& type, const std::string& name, const std::string& path,
            const std::vector<uint8_t>& definition) {
  Bytes copy(definition.size());
  if (!definition.empty()) std::memcpy(copy.data.get(), definition.data(), definition.size());
  Record result;
  result.set("depth", static_cast<int64_t>(depth)).set("type", type).set("name", name).set("path", path);
  result.set("definition", std::move(copy));
  return result;
}

Record info(const Layer& layer, size_t depth, const std::string& path) {
  return info(depth, layer.type->name, layer.name, path, layer.definition);
}

/// Submodules that libtorch's own module holds: named, but no layers of ours, so without type.
void listInside(const nn::Module& module, size_t depth, const std::string& path, std::vector<Reply>& out) {
  for (const auto& child : module.named_children()) {
    const auto below = path.empty() ? child.key() : path + "." + child.key();
    out.emplace_back(info(depth, "", child.key(), below, {}));
    listInside(*child.value(), depth + 1, below, out);
  }
}

std::vector<Reply> layers(const Object& object, bool inside) {
  std::vector<Reply> result;
  const auto root = std::make_shared<Layer>(layerOf(object));
  visitLayers(root, [&](const std::shared_ptr<Layer>& layer, size_t depth, const std::string& path) {
    result.emplace_back(info(*layer, depth, path));
    if (inside && !layer->type->container) listInside(*layer->module, depth + 1, path, result);
  });
  return result;
}

Record definition(const Object& object) { return info(layerOf(object), 0, ""); }

Reply child(const Object& object, const std::string& path) {
  const auto root = std::make_shared<Layer>(layerOf(object));
  Reply found;
  visitLayers(root, [&](const std::shared_ptr<Layer>& layer, size_t, const std::string& at) {
    if (at == path && !at.empty()) found = Made{layer};
  });
  return found;
}

Made clone(const std::shared_ptr<Layer>& layer) {
  at::NoGradGuard noGrad;
  return {layer->clone()};
}

bool training(const Object& object) { return layerOf(object).module->is_training(); }
void setTraining(const Object& object, bool flag) { layerOf(object).module->train(flag); }

void convertModule(const Object& object, const std::optional<std::string>& dtype,
                   const std::optional<std::string>& device) {
  auto& module = *layerOf(object).module;
  if (device && dtype)
    module.to(deviceOf(*device), dtypeOf(*dtype));
  else if (device)
    module.to(deviceOf(*device));
  else if (dtype)
    module.to(dtypeOf(*dtype));
}

/// A module in evaluation mode for the time of a call. If it was training all through, it is put back as one; a module
/// whose parts differ is put back part by part, the root first since training reaches downwards.
class Evaluating {
 public:
  Evaluating(nn::Module& module, bool evaluate) {
    if (!evaluate) return;
    for (const auto& m : module.modules()) before_.emplace_back(m, m->is_training());
    module.eval();
  }
  ~Evaluating() {
    for (const auto& [module, training] : before_) module->train(training);
  }

 private:
  std::vector<std::pair<std::shared_ptr<nn::Module>, bool>> before_;
};

Reply answer(const Tensors& tensors, bool asK) {
  if (!asK) {
    if (tensors.size() == 1) return Made{tensors[0]};
    return Made{std::make_shared<TensorVector>(TensorVector{tensors})};
  }
  if (tensors.size() == 1) return tensorToK(tensors[0]);
  std::vector<Reply> items;
  for (const auto& t : tensors) items.emplace_back(tensorToK(t));
  return items;
}

/// k arrays among the inputs go to the device of the module's parameters.
Tensors onDevice(const std::vector<Input>& inputs, const nn::Module& module) {
  const auto parameters = module.parameters();
  Tensors result;
  for (const auto& input : inputs) {
    auto t = input.tensor();
    if (input.isK() && !parameters.empty()) t = t.to(parameters[0].device());
    result.push_back(std::move(t));
  }
  return result;
}

Reply forward(const Object& object, const std::vector<Input>& inputs, const std::string& mode, bool asK) {
  const auto& layer = layerOf(object);
  const bool evaluate = mode == "evaluate" || mode == "evalgrad";
  at::AutoGradMode grad(mode == "train" || mode == "evalgrad");
  Evaluating evaluating(*layer.module, evaluate);
  return answer(layer.forward(onDevice(inputs, *layer.module)), asK);
}

Reply lossOf(const std::shared_ptr<Loss>& loss, const std::vector<Input>& inputs, bool asK) {
  at::AutoGradMode grad(!asK);
  Tensors tensors;
  std::optional<at::Device> device;
  for (const auto& input : inputs)
    if (input.isHandle() && input.tensor().defined() && !device) device = input.tensor().device();
  for (const auto& input : inputs)
    tensors.push_back(input.isK() && device ? input.tensor().to(*device) : input.tensor());
  return answer(loss->layer->forward(tensors), asK);
}

}  // namespace

void moduleVerbs(Verbs& verbs) {
  verbs.work<module>("module");
  verbs.work<loss>("loss");
  verbs.work<append>("append");
  verbs.cheap<adopt>("adopt");
  verbs.cheap<layers>("layers");
  verbs.cheap<definition>("definition");
  verbs.cheap<child>("child");
  verbs.work<clone>("clone");
  verbs.cheap<training>("training");
  verbs.cheap<setTraining>("setTraining");
  verbs.work<convertModule>("convertModule");
  verbs.work<forward>("forward");
  verbs.work<lossOf>("lossOf");
}

}  // namespace torchq
