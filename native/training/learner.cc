#include "training/learner.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/nn/module.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "errors.h"
#include "layers/forward.h"
#include "layers/members.h"
#include "losses/targets.h"
#include "training/guard.h"

namespace torchq {

namespace {

/// As many batches, one after the other, may be skipped.
constexpr int64_t MOST_SKIPPED = 3;
constexpr int64_t MOST_ROWS = int64_t{1} << 31;

constexpr double NOTHING = std::numeric_limits<double>::quiet_NaN();

/// The loss or a gradient is not finite.
struct NotFinite {};
/// All parameters are frozen.
struct NothingMoves {};

/// What is drawn while it lives is the stream's own, whatever happens.
class Drawing {
 public:
  explicit Drawing(RandomState& random) : random_(random) { random_.resume(); }
  ~Drawing() { random_.pause(); }
  Drawing(const Drawing&) = delete;
  Drawing& operator=(const Drawing&) = delete;

 private:
  RandomState& random_;
};

at::Device deviceOf(const Layer& layer) { return layer.device().value_or(at::Device(at::kCPU)); }

/// The first floating type of a module's tensors, without a list of all.
std::optional<at::ScalarType> firstType(const torch::nn::Module& module) {
  for (const auto& tensors : {module.parameters(false), module.buffers(false)})
    for (const auto& t : tensors)
      if (t.defined() && t.is_floating_point()) return t.scalar_type();
  for (const auto& child : module.children())
    if (const auto type = firstType(*child)) return type;
  return {};
}

/// What the module computes with.
at::ScalarType typeOf(const Layer& layer) {
  return firstType(*layer.module).value_or(c10::typeMetaToScalarType(at::get_default_dtype()));
}

/// Values as the module takes them, in memory of their own.
Tensors takenBy(const Layer& layer, const Tensors& given) {
  if (given.empty()) return {};
  const auto device = deviceOf(layer);
  const auto type = typeOf(layer);
  Tensors result;
  for (const auto& t : given)
    result.push_back(t.to(device, t.scalar_type() == at::kInt ? at::kLong : type, false, true));
  return result;
}

Tensors rowsOf(const Tensors& all, int64_t first, int64_t count) {
  Tensors result;
  for (const auto& t : all) result.push_back(t.narrow(0, first, count));
  return result;
}

/// What the module makes of a feed's rows. An error says what they are: the feed's plan decides that.
Tensors outcome(const Layer& layer, const Tensors& inputs) {
  try {
    return forwardOf(layer, inputs);
  } catch (...) {
    const auto error = currentError();
    if (error == WSFULL) throw;
    std::string sizes;
    for (const auto& input : inputs) sizes += (sizes.empty() ? "" : ", ") + text(input.sizes());
    fail(error, " (feed: inputs of sizes ", sizes, ")");
  }
}

void checkRows(const char* whose, const Tensors& all, int64_t rows) {
  for (size_t i = 0; i < all.size(); ++i)
    if (all[i].size(0) != rows)
      fail("feed: ", whose, " ", i, " is of sizes ", all[i].sizes(), ", ", rows, " rows expected");
}

/// Gives one module the values of another that is made alike. @returns whether it is
bool copyValues(const torch::nn::Module& from, const torch::nn::Module& to) {
  at::NoGradGuard noGrad;
  std::vector<std::pair<at::Tensor, at::Tensor>> pairs;
  for (const auto what : {What::parameters, What::buffers}) {
    const auto source = namedTensors(from, what), target = namedTensors(to, what);
    if (source.size() != target.size()) return false;
    for (const auto& item : source) {
      const auto* t = target.find(item.key());
      const bool alike = t && t->sizes() == item.value().sizes() && t->device() == item.value().device() &&
                         t->scalar_type() == item.value().scalar_type();
      if (!alike) return false;
      pairs.emplace_back(item.value(), *t);
    }
  }
  for (auto& [source, target] : pairs) target.copy_(source);
  return true;
}

}  // namespace

void Work::check() const {
  if (rows() > MOST_ROWS) fail("feed: ", rows(), " rows at once, at most ", MOST_ROWS, " are possible");
  checkRows("input", arrivals, rows());
  if (cuts.size() != counts.size()) fail("feed: ", cuts.size(), " places for ", counts.size(), " batches");
  int64_t before = 0, samples = 0;
  for (size_t i = 0; i < cuts.size(); ++i) {
    if (cuts[i] < before || cuts[i] > rows())
      fail("feed: batch ", i, " comes after row ", cuts[i], ", from ", before, " to ", rows(), " expected");
    if (counts[i] < 1 || counts[i] > MOST_ROWS - samples)
      fail("feed: batch ", i, " has ", counts[i], " samples, from 1 to ", MOST_ROWS - samples, " expected");
    before = cuts[i];
    samples += counts[i];
  }
  checkRows("input of the batches", inputs, samples);
  if (!counts.empty() && (inputs.empty() || !targets.defined()))
    fail("feed: ", counts.size(), " batches without ", inputs.empty() ? "inputs" : "targets");
  if (targets.defined()) {
    if (targets.scalar_type() != at::kDouble) fail("feed: targets are doubles");
    checkRows("target", {targets}, samples);
  }
}

/// A learner on its way through some work.
class Learner::Pass {
 public:
  Pass(Learner& learner, const Work& work, Learned& result)
      : learner_(learner),
        work_(work),
        result_(result),
        options_(learner.model_->train.options),
        treatment_(*learner.model_->optimizer, options_) {
    result_.losses.assign(work.counts.size(), NOTHING);
  }

  void run() {
    const auto& module = *learner_.model_->module;
    inputs_ = takenBy(module, work_.inputs);
    const bool both = work_.both && learner_.champion_;
    for (size_t i = 0; i <= work_.counts.size(); ++i) {
      const auto end = i < work_.counts.size() ? work_.cuts[i] : work_.rows();
      if (end > result_.rows) predict(end - result_.rows, both);
      if (i < work_.counts.size() && !result_.stopped) batch(i);
    }
  }

 private:
  void predict(int64_t count, bool both) {
    const auto& champion = learner_.champion_;
    const auto& module = learner_.model_->module;
    auto predictions = predicted(champion ? *champion : *module, count);
    if (both) {
      const auto own = predicted(*module, count);
      result_.own.insert(result_.own.end(), own.begin(), own.end());
    }
    const auto& state = learner_.state_;
    const auto version = static_cast<double>(champion ? state.version : state.steps);
    result_.predictions.insert(result_.predictions.end(), predictions.begin(), predictions.end());
    result_.versions.insert(result_.versions.end(), static_cast<size_t>(count), version);
    result_.rows += count;
  }

  /// Of the next rows.
  std::vector<double> predicted(const Layer& layer, int64_t count) {
    at::AutoGradMode noGrad(false);
    const InMode mode(*layer.module, false);
    const auto out = outcome(layer, takenBy(layer, rowsOf(work_.arrivals, result_.rows, count))).at(0);
    if (out.dim() == 0 || out.size(0) != count)
      fail("feed: the module gives an output of sizes ", out.sizes(), " for ", count, " rows");
    const auto width = out.numel() / count;
    if (result_.width != 0 && width != result_.width)
      fail("feed: the module gives ", width, " numbers for a row, ", result_.width, " before");
    result_.width = width;
    const auto doubles = out.to(at::kCPU, at::kDouble).contiguous();
    const auto* values = doubles.data_ptr<double>();
    return {values, values + doubles.numel()};
  }

  void batch(size_t i) {
    const auto count = work_.counts[i];
    auto& state = learner_.state_;
    if (const auto loss = learned(rowsOf(inputs_, first_, count), work_.targets.narrow(0, first_, count))) {
      result_.losses[i] = *loss;
      ++state.batches;
      state.row = 0;
    } else {
      result_.skipped.push_back(static_cast<int64_t>(i));
      ++state.skipped;
      result_.stopped = ++state.row >= MOST_SKIPPED;
    }
    first_ += count;
    ++result_.done;
  }

  /// @returns the loss before the first step; nothing where a step would not have been finite and was not taken
  std::optional<double> learned(const Tensors& inputs, const at::Tensor& targets) {
    auto& model = *learner_.model_;
    at::AutoGradMode grad(true);
    const InMode mode(*model.module->module, true);
    std::optional<double> first;
    const auto compute = [&] {
      Computed computed{outcome(*model.module, inputs), {}};
      computed.loss =
          model.lossOf(computed.outputs, {targetFor(*model.loss, computed.outputs.at(0), targets)});
      if (computed.loss.numel() != 1)
        fail("feed: the loss is of sizes ", computed.loss.sizes(), ", a single number expected");
      const auto loss = computed.loss.item().toDouble();
      if (!std::isfinite(loss)) throw NotFinite{};
      if (!first) first = loss;
      if (!computed.loss.requires_grad()) throw NothingMoves{};
      return computed;
    };
    const auto ready = [&] {
      for (const auto& parameter : model.optimizer->parameters)
        if (parameter.tensor.requires_grad() && !allFinite(parameter.tensor.grad())) throw NotFinite{};
    };
    if (!kept_) kept_.emplace(*model.module->module);
    for (int64_t step = 0; step < learner_.stepsEach_; ++step) {
      kept_->keep();
      try {
        model.step(compute, treatment_, ready);
      } catch (const NothingMoves&) {
        return first;
      } catch (const NotFinite&) {
        undo();
        return {};
      } catch (...) {
        undo();
        throw;
      }
      const auto steps = ++learner_.state_.steps;
      if (learner_.champion_ && steps % learner_.renewal_ == 0) learner_.renew();
    }
    return first;
  }

  void undo() {
    kept_->putBack();
    learner_.model_->optimizer->clearGradients();
  }

  Learner& learner_;
  const Work& work_;
  Learned& result_;
  const RunOptions options_;
  const Treatment treatment_;
  Tensors inputs_;
  int64_t first_ = 0;  ///< sample of the next batch
  std::optional<KeptBuffers> kept_;
};

Learner::Learner(std::shared_ptr<Model> model, uint64_t seed, int64_t steps, int64_t champion)
    : model_(std::move(model)),
      stepsEach_(steps),
      renewal_(champion),
      random_(deviceOf(*model_->module), seed) {
  if (renewal_ == 0) return;
  renew();
  state_.version = 0;
}

Learned Learner::learn(const Work& work) {
  work.check();
  if (model_->optimizer->needsClosure()) fail("feed: lbfgs learns from all data at once, not from batches");
  Learned result;
  const Drawing own(random_);
  try {
    Pass(*this, work, result).run();
  } catch (...) {
    result.failed = currentError();
  }
  for (const auto& parameter : model_->optimizer->parameters)
    result.broken = result.broken || (parameter.tensor.requires_grad() && !allFinite(parameter.tensor));
  return result;
}

void Learner::promote() {
  if (!champion_) fail("feed: there is no champion to renew");
  renew();
}

void Learner::renew() {
  if (!champion_ || !copyValues(*model_->module->module, *champion_->module)) {
    // A module that is made draws its first values, which nobody is to notice.
    RandomState aside(deviceOf(*model_->module), 0);
    const Drawing drawing(aside);
    champion_ = model_->module->clone();
    for (auto& t : champion_->module->parameters()) t.requires_grad_(false);
    champion_->module->eval();
  }
  ++state_.version;
}

LearnerState Learner::save() const {
  auto state = state_;
  state.random = random_.save();
  return state;
}

void Learner::load(const LearnerState& state) {
  for (const auto count : {state.steps, state.batches, state.skipped, state.row, state.version})
    if (count < 0) fail("feed: a learner's state has a count of ", count);
  random_.load(state.random);
  state_ = state;
  state_.random.clear();
}

std::shared_ptr<Learner> makeLearner(const std::shared_ptr<Model>& model, int64_t seed, int64_t steps,
                                     int64_t champion) {
  if (!model->learner.expired()) fail("feed: the model learns already");
  if (steps < 1 || steps > MOST_ROWS) fail("feed: ", steps, " steps a batch, at least one expected");
  if (champion < 0) fail("feed: a champion is renewed every so many steps, not ", champion);
  const auto& loss = *model->loss->layer->type;
  if (loss.minInputs > 2)
    fail("feed: ", loss.name, " compares ", loss.minInputs, " inputs, an output and targets expected");
  if (model->optimizer->needsClosure())
    fail("feed: ", model->optimizer->type, " learns from all data at once, not from batches");
  auto result = std::make_shared<Learner>(model, static_cast<uint64_t>(seed), steps, champion);
  model->learner = result;
  return result;
}

}  // namespace torchq
