#include "training/data.h"

#include <ATen/ATen.h>
#include <ATen/Context.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <functional>
#include <iterator>

#include "errors.h"

namespace torchq {

namespace {

/// Elements of the storage up to the last that a window without offset shows.
int64_t extent(at::IntArrayRef size, at::IntArrayRef stride) {
  int64_t result = 1;
  for (size_t i = 0; i < size.size(); ++i) {
    if (size[i] == 0) return 0;
    result += (size[i] - 1) * stride[i];
  }
  return result;
}

int64_t capacity(const at::Tensor& t) {
  return static_cast<int64_t>(t.storage().nbytes() / t.dtype().itemsize());
}

std::vector<int64_t> sizeWith(const at::Tensor& t, int64_t rows) {
  auto size = t.sizes().vec();
  size[0] = rows;
  return size;
}

/// How many rows a tensor has in all. One that has its memory for itself may be cut to a batch at the moment (`batch`);
/// what is a part of another is meant as it stands.
int64_t allRows(const at::Tensor& t, int64_t& offset) {
  const auto rows = t.size(0);
  offset = t.storage_offset();
  if (t.numel() == 0 || t.storage().use_count() > 1) return rows;
  const auto all = rows * capacity(t) / t.numel();
  if (all < rows || extent(sizeWith(t, all), t.strides()) > capacity(t)) return rows;
  offset = 0;
  return all;
}

template <class F>
void eachTensor(const Examples& examples, F f) {
  size_t i = 0;
  for (const auto& t : examples.inputs.tensors) f(t, i++);
  for (const auto& t : examples.targets.tensors) f(t, i++);
}

Samples mapped(const Samples& samples, const std::function<at::Tensor(const at::Tensor&)>& f) {
  Samples result = samples;
  for (auto& t : result.tensors)
    if (t.defined()) t = f(t);
  return result;
}

void checkWindow(const at::Tensor& t, int64_t offset, int64_t start, int64_t count) {
  const auto changed = [&] {
    if (t.dim() == 0) return true;
    const auto elements = extent(sizeWith(t, count), t.strides());
    return elements > 0 && offset + start * t.stride(0) + elements > capacity(t);
  };
  if (changed())
    fail("the data's tensor was changed since it was set: it has no rows ", start, " to ", start + count - 1,
         " any more");
}

}  // namespace

Samples::Kind samplesKind(const std::string& name) {
  const auto* found = std::find(std::begin(SAMPLES_NAMES), std::end(SAMPLES_NAMES), name);
  if (found == std::end(SAMPLES_NAMES)) fail("samples of kind ", name);
  return static_cast<Samples::Kind>(found - std::begin(SAMPLES_NAMES));
}

void Data::set(std::optional<Samples> inputs, std::optional<Samples> targets) {
  const bool both = inputs && targets;
  if (!both) restore();
  Held held;
  held.examples.inputs = inputs ? std::move(*inputs) : current().examples.inputs;
  held.examples.targets = targets ? std::move(*targets) : current().examples.targets;
  std::optional<int64_t> rows;
  eachTensor(held.examples, [&](const at::Tensor& t, size_t) {
    int64_t offset = 0;
    if (t.defined()) {
      const auto all = allRows(t, offset);
      if (rows && *rows != all) fail("tensor size mismatch, ", *rows, " vs ", all);
      rows = all;
    }
    held.offsets.push_back(offset);
  });
  given_ = std::move(held);
  order_ = at::Tensor();
  ordered_.reset();
  if (both) generator_ = {};
  rows_ = rows.value_or(0);
  batch_ = -1;
  ++version_;
}

Data::Held& Data::current() {
  if (!order_.defined()) return given_;
  if (!ordered_) {
    const auto [examples, order] = whole();
    Held held;
    size_t i = 0;
    const auto arrange = [&](const at::Tensor& t) { return t.index_select(0, order_.to(t.device())); };
    held.examples = {mapped(examples.inputs, arrange), mapped(examples.targets, arrange)};
    eachTensor(held.examples, [&](const at::Tensor&, size_t) { ++i; });
    held.offsets.assign(i, 0);
    ordered_ = std::move(held);
  }
  return *ordered_;
}

const Examples& Data::shown() { return current().examples; }

int64_t Data::size() {
  if (order_.defined() && !ordered_) return given_.examples.inputs.tensors.empty() ? 0 : rows_;
  const auto& inputs = shown().inputs.tensors;
  if (inputs.empty() || !inputs[0].defined()) return 0;
  return inputs[0].dim() ? inputs[0].size(0) : 1;
}

void Data::window(Held& held, int64_t start, int64_t count) {
  const auto each = [&](auto f) {
    eachTensor(held.examples, [&](const at::Tensor& t, size_t i) {
      if (t.defined()) f(t, held.offsets[i]);
    });
  };
  each([&](const at::Tensor& t, int64_t offset) { checkWindow(t, offset, start, count); });
  at::NoGradGuard noGrad;
  each([&](const at::Tensor& t, int64_t offset) {
    const auto from = offset + start * t.stride(0);
    if (t.size(0) != count || t.storage_offset() != from)
      t.set_(t.storage(), from, sizeWith(t, count), t.strides());
  });
}

int64_t Data::restore() {
  batch_ = -1;
  if (rows_ >= 0 && (!order_.defined() || ordered_)) window(current(), 0, rows_);
  return rows_;
}

void Data::begin(const RunOptions& options) {
  if (options.shuffle && rows_ > 0)
    shuffle(options);
  else
    restore();
}

bool Data::next(const RunOptions& options) {
  const auto batches = options.batches(rows_);
  const auto last = batch_;
  const bool more = last < 0 ? options.task < batches : options.tasks < batches - last;
  if (!more) {
    restore();
    return false;
  }
  if (last < 0) begin(options);
  const auto index = last < 0 ? options.task : last + options.tasks;
  const auto width = std::min(options.batchsize, rows_);
  window(current(), index * width, std::min(width, rows_ - index * width));
  batch_ = index;
  return true;
}

at::Device Data::device() const {
  std::optional<at::Device> result;
  eachTensor(given_.examples, [&](const at::Tensor& t, size_t) {
    if (!result && t.defined()) result = t.device();
  });
  return result.value_or(at::Device(at::kCPU));
}

void Data::shuffle(const RunOptions& options) {
  restore();
  at::Tensor order;
  if (options.tasks < 2) {
    order = at::randperm(rows_, at::dtype(at::kLong).device(device()));
  } else {
    if (!generator_.defined()) {
      const auto on = options.shufflecuda ? device() : at::Device(at::kCPU);
      generator_ = at::globalContext().defaultGenerator(on).clone();
      generator_.set_current_seed(static_cast<uint64_t>(options.shuffleseed));
    }
    order = at::randperm(rows_, generator_, at::dtype(at::kLong).device(generator_.device()));
  }
  order_ = order_.defined() ? order_.index_select(0, order.to(order_.device())) : order;
  ordered_.reset();
}

void Data::unshuffle() {
  restore();
  order_ = at::Tensor();
  ordered_.reset();
}

Data::Whole Data::whole() const {
  Whole result;
  size_t i = 0;
  const auto all = [&](const at::Tensor& t) {
    const auto offset = given_.offsets[i++];
    checkWindow(t, offset, 0, rows_);
    if (t.size(0) == rows_ && t.storage_offset() == offset) return at::alias(t);
    return t.as_strided(sizeWith(t, rows_), t.strides(), offset);
  };
  const auto& [inputs, targets] = given_.examples;
  result.examples.inputs = inputs;
  result.examples.targets = targets;
  for (auto* samples : {&result.examples.inputs, &result.examples.targets})
    for (auto& t : samples->tensors) {
      if (t.defined())
        t = all(t);
      else
        ++i;
      result.order.push_back(order_.defined() && t.defined() ? order_.to(t.device()) : at::Tensor());
    }
  return result;
}

}  // namespace torchq
