// Linear layers, and those that leave numbers as they are.

#include "layers/types/rows.h"

namespace torchq {

Rows linearLayers() {
  return {
      row<nn::LinearImpl>("linear",
                          [](const Options& o) {
                            return nn::LinearOptions(o.integer("in"), o.integer("out")).bias(o.flag("bias"));
                          }),
      row<nn::BilinearImpl, 2>("bilinear",
                               [](const Options& o) {
                                 return nn::BilinearOptions(o.integer("in1"), o.integer("in2"),
                                                            o.integer("out"))
                                     .bias(o.flag("bias"));
                               }),
      plain<nn::IdentityImpl>("identity"),
      row<nn::FlattenImpl>(
          "flatten",
          [](const Options& o) {
            return nn::FlattenOptions().start_dim(o.integer("start")).end_dim(o.integer("end"));
          }),
  };
}

}  // namespace torchq
