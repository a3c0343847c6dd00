#include "training/run.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/nn/module.h>

#include <algorithm>

#include "errors.h"
#include "layers/forward.h"
#include "training/guard.h"
#include "training/precision.h"

namespace torchq {

namespace {

/// A slice is as long at least, so that many small runs that take turns are not slowed down by taking them.
constexpr auto SHORTEST_SLICE = std::chrono::milliseconds(1);

const char* nameOf(Phase phase) { return phase == Phase::train ? "run" : "testrun"; }

/// An error that says where it happened.
class Placed : public Error {
  using Error::Error;
};

}  // namespace

Run::Run(Model& model, Phase phase, bool forwardOnly)
    : phase_(phase),
      forwardOnly_(forwardOnly),
      options_(model.of(phase).options),
      rows_(std::max<int64_t>(model.of(phase).data.rows(), 0)),
      version_(model.of(phase).data.version()),
      metrics_(options_.metrics),
      random_(model.module->device().value_or(at::Device(at::kCPU))),
      index_(options_.task) {
  if (options_.task >= options_.batches(rows_)) return;
  auto& data = model.of(phase).data;
  data.begin(options_);
  data_ = data.whole();
}

void Run::adopt(const RunOptions& options) {
  if (options.batchsize != options_.batchsize || options.tasks != options_.tasks ||
      options.task != options_.task) {
    const auto start =
        base_ + (index_ - index_ % options_.tasks) * std::min(options_.batchsize, rows_ - base_);
    before_ += index_ - index_ % options_.tasks;
    base_ = std::min(start, rows_);
    index_ = options.task;
  }
  options_ = options;
}

Tensors Run::rowsOf(size_t first, const Samples& samples, int64_t start, int64_t count) const {
  Tensors result;
  for (size_t i = 0; i < samples.tensors.size(); ++i) {
    const auto& t = samples.tensors[i];
    const auto& order = data_.order[first + i];
    if (!t.defined())
      result.emplace_back();
    else
      result.push_back(order.defined() ? t.index_select(0, order.narrow(0, start, count))
                                       : t.narrow(0, start, count));
  }
  return result;
}

int64_t Run::batches() const { return std::max(before_ + options_.batches(rows_ - base_), done_); }

void Run::batch(Model& model, const Treatment& treatment, int64_t start, int64_t count) {
  const auto& [inputs, targets] = data_.examples;
  auto x = rowsOf(0, inputs, start, count);
  if (options_.hidden && !outputs_.empty()) x = withHiddenState(inputs.kind, std::move(x), outputs_);
  const Samples y{targets.kind, rowsOf(inputs.tensors.size(), targets, start, count), {}};
  try {
    if (forwardOnly_)
      outputs_ = forwardAs(options_, *model.module, x);
    else if (phase_ == Phase::train)
      trainBatch(model, treatment, x, y);
    else
      testBatch(model, x, y);
  } catch (const Placed&) {
    throw;
  } catch (...) {
    // what went well before does so no more: it helps to know when
    const auto error = currentError();
    if (done_ == 0 || error == WSFULL) throw;
    fail(error, " (", nameOf(phase_), ": batch ", done_ + 1, " of ", batches(), ")");
  }
}

void Run::trainBatch(Model& model, const Treatment& treatment, const Tensors& inputs,
                     const Samples& targets) {
  std::optional<KeptBuffers> kept;
  if (options_.guard) kept.emplace(*model.module->module);
  Tensors values;
  auto batch = model.step(inputs, targets.tensors, treatment, [&](const Computed& computed) {
    if (kept && !at::isfinite(computed.loss.detach()).all().item<bool>()) {
      kept->putBack();
      throw Placed(text("run: the loss of batch ", done_ + 1, " of ", batches(),
                        " is not finite; the model is as it was before it"));
    }
    values = metrics_.valuesOf(computed, targets);
  });
  losses_.add(batch.loss.detach());
  metrics_.add(values, targets);
  if (options_.hidden) outputs_ = std::move(batch.outputs);
}

void Run::testBatch(Model& model, const Tensors& inputs, const Samples& targets) {
  Computed batch{forwardAs(options_, *model.module, inputs), {}};
  if (options_.wants(Metric::loss) || options_.wants(Metric::batchloss))
    batch.loss = model.lossOf(batch.outputs, targets.tensors);
  metrics_.add(metrics_.valuesOf(batch, targets), targets);
  if (options_.hidden) outputs_ = std::move(batch.outputs);
}

bool Run::slice(Model& model, const std::atomic<bool>& wanted) {
  auto& state = model.of(phase_);
  if (state.data.version() != version_)
    fail(nameOf(phase_), ": the data was replaced after batch ", done_, " of ", batches());
  if (state.options.metrics != options_.metrics)
    fail(nameOf(phase_), ": the metrics were changed after batch ", done_, " of ", batches());
  adopt(state.options);
  const bool training = phase_ == Phase::train;
  at::AutoGradMode grad(training && !forwardOnly_);
  const InMode mode(*model.module->module, training);
  random_.resume();
  try {
    const bool over = goOn(model, wanted);
    if (over)
      random_.end();
    else
      random_.pause();
    return over;
  } catch (...) {
    random_.end();
    throw;
  }
}

bool Run::goOn(Model& model, const std::atomic<bool>& wanted) {
  const auto start = std::chrono::steady_clock::now();
  const Treatment treatment(*model.optimizer, options_);
  const auto left = rows_ - base_;
  const auto width = std::min(options_.batchsize, left);
  for (const auto count = options_.batches(left); index_ < count;) {
    const auto first = base_ + index_ * width;
    batch(model, treatment, first, std::min(width, rows_ - first));
    ++done_;
    index_ += std::min(options_.tasks, count - index_);
    if (wanted.load(std::memory_order_relaxed) && index_ < count &&
        std::chrono::steady_clock::now() - start >= SHORTEST_SLICE)
      return false;
  }
  return true;
}

Epoch Run::epoch(const Model& model) const {
  const auto losses = losses_.joined();
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begun_;
  return {model.epochs + 1,
          done_,
          batches(),
          losses.defined() ? std::optional<double>(losses.mean().item().toDouble()) : std::nullopt,
          learningRate(*model.optimizer),
          time.count()};
}

Tensors Run::results() const { return metrics_.results(batches()); }

}  // namespace torchq
