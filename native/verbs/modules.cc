// Verbs on modules: making them, their tree, their calculation.
#include <torch/nn/module.h>

#include "door/verb.h"
#include "layers/callback.h"
#include "layers/forward.h"
#include "objects/members.h"
#include "values/names.h"
#include "verbs/layer_spec.h"
#include "verbs/results.h"
#include "verbs/verbs.h"

namespace torchq {

namespace {

Made module(const LayerSpec& spec) { return {makeLayer(spec)}; }

/// The containers that the next module could go into, the root first.
std::vector<std::shared_ptr<Layer>> openContainers(const std::shared_ptr<Layer>& root) {
  std::vector<std::shared_ptr<Layer>> result;
  for (auto layer = root; layer->type->container; layer = layer->children.back().value()) {
    result.push_back(layer);
    if (layer->children.is_empty()) break;
  }
  return result;
}

/// Adds modules below the root, each to the last container of those that stand now at the depth above its own.
void adopt(const std::shared_ptr<Layer>& root, const std::vector<int64_t>& depths,
           const std::vector<std::shared_ptr<Layer>>& children) {
  refuseInCallbacks("module");
  const auto open = openContainers(root);
  std::vector<Addition> additions;
  for (size_t i = 0; i < children.size(); ++i) {
    const auto depth = depths.at(i);
    if (depth < 1 || static_cast<size_t>(depth) > open.size()) fail("module: no container for depth ", depth);
    additions.push_back({open[static_cast<size_t>(depth) - 1], children[i]});
  }
  addChildren(additions);
}

Record info(const Place& place) {
  const auto& [layer, name, depth, path] = place;
  Record result;
  result.set("depth", static_cast<int64_t>(depth)).set("type", layer.type->name).set("name", name);
  result.set("path", path).set("definition", Bytes(layer.definition));
  return result;
}

std::vector<Reply> layers(const Object& object) {
  std::vector<Reply> result;
  visitLayers(layerOf(object), [&](const Place& place) { result.emplace_back(info(place)); });
  return result;
}

Record definition(const Object& object) {
  const auto& layer = layerOf(object);
  return info({layer, layer.name, 0, ""});
}

Reply child(const Object& object, const std::string& path) {
  if (auto found = layerAt(layerOf(object), path)) return Made{std::move(found)};
  return {};
}

/// Gives the layer at the path what another one of its kind has.
void copyModule(const std::shared_ptr<Layer>& from, const std::shared_ptr<Layer>& to,
                const std::string& path) {
  const auto layer = layerAt(*to, path);
  if (!layer) fail("Submodule '", path, "' is not defined");
  copyTensors(*from, *layer);
}

Made clone(const std::shared_ptr<Layer>& layer) { return {layer->clone()}; }

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

/// k arrays among the inputs go to the device of the module's parameters.
Reply forward(const Object& object, const Inputs& inputs, const std::string& mode, bool asK) {
  const auto& layer = layerOf(object);
  return results(forwardIn(mode, layer, tensorsOn(layer.device(), inputs)), asK);
}

}  // namespace

void moduleVerbs(Verbs& verbs) {
  verbs.work<module>("module");
  verbs.look<adopt>("adopt");
  verbs.look<layers>("layers");
  verbs.look<definition>("definition");
  verbs.look<child>("child");
  verbs.work<clone>("clone");
  verbs.work<copyModule>("copyModule");
  verbs.look<training>("training");
  verbs.look<setTraining>("setTraining");
  verbs.work<convertModule>("convertModule");
  verbs.work<forward>("forward");
}

}  // namespace torchq
