// How a model is trained and tested (train page): what `train` and `test` set.
#pragma once

#include <c10/core/ScalarType.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "values/options.h"

namespace torchq {

enum class Phase { train, test };

/// What a run gives back. The order is that of METRIC_NAMES.
enum class Metric { batchloss, loss, accuracy, matches, predict, output, hidden, hiddencell };
constexpr const char* METRIC_NAMES[] = {"batchloss", "loss",   "accuracy", "matches",
                                        "predict",   "output", "hidden",   "hiddencell"};

struct ClipNorm {
  double most;
  double order;
};

/// Those that only training has stay at their first values in tests.
struct RunOptions {
  int64_t batchsize = 32;
  int64_t task = 0;  ///< of `tasks`, which take turns with the batches
  int64_t tasks = 1;
  bool droplast = false;  ///< a last batch that is not full is left out
  bool hidden = false;    ///< the hidden state of a batch is an input of the next
  bool tensor = false;
  bool dictionary = false;
  std::vector<Metric> metrics = {Metric::loss};
  bool shuffle = false;
  bool shufflecuda = false;  ///< with several tasks: their common permutation is made on the data's device
  int64_t shuffleseed = 0;
  bool sync = false;
  bool clipgroup = false;
  std::optional<ClipNorm> clipnorm;
  std::optional<double> clipvalue;
  std::optional<c10::ScalarType> autocast;  ///< that the forward calculation may use for float
  bool channelslast = false;                ///< four-dimensional inputs have their channels last in memory
  bool guard = false;  ///< a loss that is not finite ends the run before its batch has changed the model

  /// Batches of so many rows, of all tasks together; none of fewer than one row.
  int64_t batches(int64_t rows) const;
  bool wants(Metric metric) const;
};

/// From options by the k api's names, complete.
RunOptions runOptions(const Options& options);

}  // namespace torchq
