// Averaging of weights over the steps of training (swa page).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "layers/layer.h"
#include "layers/members.h"
#include "objects/object.h"

namespace torchq {

/// Sets parameters to the values of their names, which need only fit by broadcasting, all or none of them.
/// @returns whether each was among the values
std::vector<bool> putParameters(const Members& parameters, const TensorDict& values);

/// Takes the parameters as they are into the averages, all or none of them. How many were taken is counted in `.n`; what
/// was there at first counts as one. Averages that are parameters themselves, and frozen, stay as they are.
/// @returns the count
int64_t average(const Members& parameters, TensorDict& averages);

/// The momentum of a layer's running statistics; none: a plain average of all batches.
struct Momentum {
  std::string path;  ///< from the root; empty for the root
  std::optional<double> value;
};
/// The batch normalizations of the tree.
std::vector<Momentum> momenta(const Layer& root);
/// @param definition the layer's options with the momentum as k bytes
void setMomentum(const std::shared_ptr<Layer>& root, const Momentum& momentum,
                 const std::vector<uint8_t>& definition);
/// Running statistics of all batch normalizations begin anew.
void resetStatistics(const Layer& root);

}  // namespace torchq
