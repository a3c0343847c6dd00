// The table of all types of layer.
#include <unordered_map>

#include "layers/types/rows.h"

namespace torchq {

const LayerType& layerType(const std::string& name) {
  static const auto types = [] {
    std::unordered_map<std::string, LayerType> all;
    for (const auto& rows :
         {linearLayers(), embeddingLayers(), normalizationLayers(), activationLayers(), functionLayers(),
          imageLayers(), convolutionLayers(), poolingLayers(), shapeLayers(), recurrentLayers(),
          attentionLayers(), transformerLayers(), containerLayers(), compositeLayers(), distanceLayers()})
      for (const auto& row : rows) all.emplace(row.name, row);
    return all;
  }();
  const auto it = types.find(name);
  if (it == types.end()) fail("unrecognized module: ", name);
  return it->second;
}

}  // namespace torchq
