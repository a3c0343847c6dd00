#include "members.h"

#include "errors.h"
#include "model.h"

namespace torchq {

std::optional<size_t> Members::find(const std::string& name) const {
  for (size_t i = 0; i < names.size(); ++i)
    if (names[i] == name) return i;
  return {};
}

What whatOf(const std::string& name) { return name == "buffers" ? What::buffers : What::parameters; }

NamedTensors namedTensors(const torch::nn::Module& module, What what) {
  return what == What::parameters ? module.named_parameters() : module.named_buffers();
}

Members membersOf(const NamedTensors& named) {
  Members result;
  for (const auto& item : named) {
    result.names.push_back(item.key());
    result.tensors.push_back(item.value());
  }
  return result;
}

Members membersOf(const Object& object, What what) {
  if (const auto* t = std::get_if<at::Tensor>(&object)) return {{}, {*t}};
  if (const auto* v = std::get_if<std::shared_ptr<TensorVector>>(&object)) return {{}, (*v)->items};
  if (const auto* d = std::get_if<std::shared_ptr<TensorDict>>(&object)) return membersOf((*d)->items);
  return membersOf(namedTensors(*layerOf(object).module, what));
}

const Layer& layerOf(const Object& object) {
  if (const auto* layer = std::get_if<std::shared_ptr<Layer>>(&object)) return **layer;
  if (const auto* loss = std::get_if<std::shared_ptr<Loss>>(&object)) return *(*loss)->layer;
  if (const auto* model = std::get_if<std::shared_ptr<Model>>(&object)) return *(*model)->module;
  fail("not implemented for ", KIND_NAMES[object.index()]);
}

}  // namespace torchq
