// What a feed learns with: a model, with random numbers of the learner's own, what it has counted, and a champion. It
// goes through rows and batches in their order, so that the same rows give the same model to the bit.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "training/model.h"
#include "training/random_state.h"

namespace torchq {

/// Rows to predict and batches to learn, in order. Values are doubles, or integers of 32 bits for codes; their first size
/// are the rows. They are read while the work is done, and kept by whoever made it.
struct Work {
  Tensors arrivals;             ///< the module's inputs, one after the other
  std::vector<int64_t> cuts;    ///< for each batch, how many of the rows come before it
  Tensors inputs;               ///< of the batches, joined
  at::Tensor targets;           ///< of the batches, joined: doubles; undefined without batches
  std::vector<int64_t> counts;  ///< samples of each batch
  bool both = false;            ///< where the champion predicts, the learner's predictions are wanted too

  int64_t rows() const { return arrivals.empty() ? 0 : arrivals[0].size(0); }
  /// Throws where its parts do not fit each other.
  void check() const;
};

/// What came of it.
struct Learned {
  int64_t rows = 0;                 ///< that were predicted: all of them, unless it failed
  int64_t width = 0;                ///< numbers of each
  std::vector<double> predictions;  ///< rows x width
  std::vector<double> own;          ///< the learner's, where they were wanted
  std::vector<double> versions;  ///< of whoever predicted a row: how often the champion was renewed, or steps
  std::vector<double> losses;    ///< of each batch before its step; NaN where it was not learned
  std::vector<int64_t> skipped;  ///< batches whose loss or gradient was not finite: they changed nothing
  int64_t done = 0;              ///< batches that are behind, learned or skipped
  bool stopped = false;          ///< too many were skipped, one after the other: no more were taken
  bool broken = false;           ///< a parameter is not finite
  std::optional<std::string> failed;  ///< why the next row or batch could not be done; those before are
};

struct LearnerState {
  std::vector<uint8_t> random;
  int64_t steps = 0;
  int64_t batches = 0;  ///< learned
  int64_t skipped = 0;
  int64_t row = 0;      ///< of those, the last ones without one that was learned
  int64_t version = 0;  ///< how often the champion was renewed
};

class Learner {
 public:
  /// @param steps of the optimizer, for each batch
  /// @param champion steps after which it is renewed, 0 for none
  Learner(std::shared_ptr<Model> model, uint64_t seed, int64_t steps, int64_t champion);

  /// Does the work. What fails on the way is told in the result.
  Learned learn(const Work& work);
  /// Renews the champion. Throws where there is none.
  void promote();
  LearnerState save() const;
  void load(const LearnerState& state);

  const std::shared_ptr<Model>& model() const { return model_; }
  /// Null where there is none.
  const std::shared_ptr<Layer>& champion() const { return champion_; }

 private:
  class Pass;
  void renew();

  std::shared_ptr<Model> model_;
  int64_t stepsEach_, renewal_;
  RandomState random_;
  LearnerState state_;  ///< but for the random numbers
  std::shared_ptr<Layer> champion_;
};

/// The model's learner: it has one at most.
std::shared_ptr<Learner> makeLearner(const std::shared_ptr<Model>& model, int64_t seed, int64_t steps,
                                     int64_t champion);

}  // namespace torchq
