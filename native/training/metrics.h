// What a run keeps of each batch, on the device until the run ends.
#pragma once

#include <vector>

#include "training/data.h"
#include "training/model.h"

namespace torchq {

/// Values of batches one after the other: numbers become a vector, arrays are joined on their first dimension. Many small
/// tensors are put together now and then.
class Column {
 public:
  void add(const at::Tensor& value);
  /// Undefined where nothing was added.
  at::Tensor joined() const;

 private:
  Tensors parts_;  ///< joined already
  Tensors pending_;
};

class Metrics {
 public:
  explicit Metrics(std::vector<Metric> wanted) : wanted_(std::move(wanted)), columns_(wanted_.size()) {}

  const std::vector<Metric>& wanted() const { return wanted_; }
  /// Throws where the model's output, or the targets, are not of the kind that a metric needs.
  Tensors valuesOf(const Computed& batch, const Samples& targets) const;
  /// The values of a batch, of which the targets were these.
  void add(const Tensors& values, const Samples& targets);
  /// One tensor for each metric; undefined where there was no batch.
  /// @param batches of all tasks: the loss is their mean
  Tensors results(int64_t batches) const;

 private:
  std::vector<Metric> wanted_;
  std::vector<Column> columns_;
  int64_t compared_ = 0;  ///< targets that predictions were compared with
};

}  // namespace torchq
