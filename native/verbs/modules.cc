// Verbs on modules: making them, their tree, their calculation.
#include <torch/nn/module.h>

#include "door/verb.h"
#include "layers/forward.h"
#include "objects/members.h"
#include "values/names.h"
#include "verbs/layer_spec.h"
#include "verbs/results.h"
#include "verbs/verbs.h"

namespace torchq {

namespace {

namespace nn = torch::nn;

Made module(const LayerSpec& spec) { return {makeLayer(spec)}; }

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
  visitLayers(*child, [&](const Layer& layer, size_t, const std::string&) {
    if (layer.module == parent->module) fail("module: unable to add a module to itself");
  });
  parent->add(child);
}

Record info(size_t depth, const std::string& type, const std::string& name, const std::string& path,
            const std::vector<uint8_t>& definition) {
  Record result;
  result.set("depth", static_cast<int64_t>(depth)).set("type", type).set("name", name).set("path", path);
  result.set("definition", Bytes(definition));
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
  visitLayers(layerOf(object), [&](const Layer& layer, size_t depth, const std::string& path) {
    result.emplace_back(info(layer, depth, path));
    if (inside && !layer.type->container) listInside(*layer.module, depth + 1, path, result);
  });
  return result;
}

Record definition(const Object& object) { return info(layerOf(object), 0, ""); }

Reply child(const Object& object, const std::string& path) {
  if (auto found = layerAt(layerOf(object), path)) return Made{std::move(found)};
  return {};
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

Reply forward(const Object& object, const Inputs& inputs, const std::string& mode, bool asK) {
  return results(forwardIn(mode, layerOf(object), inputs), asK);
}

}  // namespace

void moduleVerbs(Verbs& verbs) {
  verbs.work<module>("module");
  verbs.work<append>("append");
  verbs.look<adopt>("adopt");
  verbs.look<layers>("layers");
  verbs.look<definition>("definition");
  verbs.look<child>("child");
  verbs.work<clone>("clone");
  verbs.look<training>("training");
  verbs.look<setTraining>("setTraining");
  verbs.work<convertModule>("convertModule");
  verbs.work<forward>("forward");
}

}  // namespace torchq
