// Layers that hold layers.
#include "layers/types/rows.h"

namespace torchq {

namespace {

constexpr size_t NESTED_INPUTS = 3;

/// Parameters of any name.
Module parameters(const Options& o) {
  auto module = std::make_shared<nn::ParameterDictImpl>();
  for (const auto& item : o.items) module->insert(item.first, o.tensor(item.first));
  return module;
}

/// Each child takes what the one before it gave. The number of inputs is the first child's affair.
Tensors chain(const Layer& layer, const Tensors& inputs) {
  if (layer.children.is_empty()) fail("Cannot call forward() on an empty Sequential");
  Tensors x = inputs;
  for (const auto& child : layer.children) x = child.value()->forward(x);
  return x;
}

/// @param title what libtorch, or the k api, calls the container in its texts
LayerType container(const char* name, const char* title, Forward forward, size_t maxInputs,
                    Slot slot = nullptr) {
  LayerType row{name,      [title](const Options&) { return named(title); },
                forward,   maxInputs ? size_t{1} : 0,
                maxInputs, true};
  row.slot = slot;
  return row;
}

}  // namespace

Rows containerLayers() {
  return {
      container("sequential", "torch::nn::Sequential", chain, MOST_INPUTS),
      container("seqnest", "knn::SeqNest", chain, NESTED_INPUTS),
      container("modulelist", "torch::nn::ModuleList", nullptr, 0, positionSlot),
      container("moduledict", "torch::nn::ModuleDict", nullptr, 0),
      {"parmdict", parameters, nullptr, 0, 0},
  };
}

}  // namespace torchq
