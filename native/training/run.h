// A run over all batches of a model's data (train page: `run`, `testrun`), in slices: between two of them whatever others
// do to the model, its parts, options and parameters takes effect (DESIGN, decision 9).
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>

#include "training/metrics.h"
#include "training/model.h"
#include "training/random_state.h"

namespace torchq {

class Run {
 public:
  /// Training data is put into a new order where the options say so.
  /// @param forwardOnly no loss, no gradients, no step: what the forward calculation itself changes in training mode
  Run(Model& model, Phase phase, bool forwardOnly);

  /// Goes on until all batches are done, or for a moment where somebody waits.
  /// @returns whether all are done
  bool slice(Model& model, const std::atomic<bool>& wanted);
  /// Of each metric, when all is done.
  Tensors results() const;
  bool forwardOnly() const { return forwardOnly_; }
  /// How far it is.
  Epoch epoch(const Model& model) const;

 private:
  /// Of all tasks together.
  int64_t batches() const;
  void adopt(const RunOptions& options);
  /// @returns whether all batches are done
  bool goOn(Model& model, const std::atomic<bool>& wanted);
  void batch(Model& model, const Treatment& treatment, int64_t start, int64_t count);
  Tensors rowsOf(size_t first, const Samples& samples, int64_t start, int64_t count) const;
  void trainBatch(Model& model, const Treatment& treatment, const Tensors& inputs, const Samples& targets);
  void testBatch(Model& model, const Tensors& inputs, const Samples& targets);

  Phase phase_;
  bool forwardOnly_;
  RunOptions options_;
  Data::Whole data_;
  int64_t rows_;
  int64_t version_;  ///< of the data
  Metrics metrics_;
  Column losses_;  ///< of training, whatever metrics are wanted
  RandomState random_;
  int64_t base_ = 0;    ///< the row that the batches are counted from
  int64_t before_ = 0;  ///< batches before it
  int64_t index_;       ///< of the next batch
  int64_t done_ = 0;
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  Tensors outputs_;  ///< of the last batch, where its hidden state goes on
};

}  // namespace torchq
