#include "training/metrics.h"

#include <ATen/ATen.h>

#include "errors.h"

namespace torchq {

namespace {

constexpr size_t JOINED_AT = 1024;

at::Tensor joinedValues(const Tensors& values) {
  return values[0].dim() ? at::cat(values) : at::stack(values);
}

/// The hidden state that a recurrent model's output has beside it, or its second part.
const at::Tensor& hidden(const Tensors& outputs, Metric metric) {
  const size_t at = metric == Metric::hidden ? 1 : 2;
  if (at < outputs.size()) return outputs[at];
  const auto* name = METRIC_NAMES[static_cast<size_t>(metric)];
  if (outputs.size() == 1) fail("metric: unable to retrieve ", name, " from tensor output");
  fail("metric: unable to retrieve ", name, " from vector of tensors with ", outputs.size(), " element(s)");
}

}  // namespace

void Column::add(const at::Tensor& value) {
  pending_.push_back(value);
  if (pending_.size() < JOINED_AT) return;
  parts_.push_back(joinedValues(pending_));
  pending_.clear();
}

at::Tensor Column::joined() const {
  if (parts_.empty()) return pending_.empty() ? at::Tensor() : joinedValues(pending_);
  auto all = parts_;
  if (!pending_.empty()) all.push_back(joinedValues(pending_));
  return at::cat(all);
}

Tensors Metrics::valuesOf(const Computed& batch, const Samples& targets) const {
  at::Tensor prediction, matches;
  const auto predict = [&] {
    if (!prediction.defined()) prediction = batch.outputs.at(0).detach().argmax(-1);
    return prediction;
  };
  const auto compare = [&] {
    if (targets.kind != Samples::Kind::tensor)
      fail("unable to calculate matches from ", SAMPLES_NAMES[static_cast<size_t>(targets.kind)],
           " of target(s)");
    if (!matches.defined()) matches = targets.tensors[0].eq(predict()).sum();
    return matches;
  };
  Tensors values;
  for (const auto metric : wanted_) {
    switch (metric) {
      case Metric::output:
        values.push_back(batch.outputs.at(0).detach());
        break;
      case Metric::loss:
      case Metric::batchloss:
        values.push_back(batch.loss.detach());
        break;
      case Metric::predict:
        values.push_back(predict());
        break;
      case Metric::accuracy:
      case Metric::matches:
        values.push_back(compare());
        break;
      case Metric::hidden:
      case Metric::hiddencell:
        values.push_back(hidden(batch.outputs, metric).detach());
        break;
    }
  }
  return values;
}

void Metrics::add(const Tensors& values, const Samples& targets) {
  for (size_t i = 0; i < wanted_.size(); ++i) columns_[i].add(values[i]);
  if (targets.kind == Samples::Kind::tensor) compared_ += targets.tensors[0].numel();
}

Tensors Metrics::results(int64_t batches) const {
  Tensors result;
  for (size_t i = 0; i < wanted_.size(); ++i) {
    auto values = columns_[i].joined();
    if (values.defined()) {
      const auto compared = [&] { return at::scalar_tensor(compared_, values.options()); };
      if (wanted_[i] == Metric::loss) values = values.sum() / batches;
      if (wanted_[i] == Metric::accuracy) values = 100.0 * values.sum().div(compared());
      if (wanted_[i] == Metric::matches) values = at::stack({values.sum(), compared()});
    }
    result.push_back(std::move(values));
  }
  return result;
}

}  // namespace torchq
