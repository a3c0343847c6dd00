// How far tensors are from each other: modules and losses both.

#include "layers/types/rows.h"

namespace torchq {

Rows distanceLayers() {
  return {
      row<nn::PairwiseDistanceImpl, 2>("pairwise",
                                       [](const Options& o) {
                                         return nn::PairwiseDistanceOptions()
                                             .p(o.number("p"))
                                             .eps(o.number("eps"))
                                             .keepdim(o.flag("keepdim"));
                                       }),
      row<nn::CosineSimilarityImpl, 2>(
          "similar",
          [](const Options& o) {
            return nn::CosineSimilarityOptions().dim(o.integer("dim")).eps(o.number("eps"));
          }),
  };
}

}  // namespace torchq
