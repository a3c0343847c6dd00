#include "losses/loss.h"

namespace torchq {

std::shared_ptr<Loss> makeLoss(const LayerSpec& spec) {
  return std::make_shared<Loss>(Loss{makeLayer(lossType(spec.type), spec)});
}

}  // namespace torchq
