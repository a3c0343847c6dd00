// A model: a module with a loss and an optimizer (model page), and what it is trained and tested on.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "layers/layer.h"
#include "losses/loss.h"
#include "optimizers/optimizer.h"
#include "training/data.h"
#include "training/settings.h"

namespace torchq {

class Run;
class Learner;

/// A run over the training data, finished or as far as it is.
struct Epoch {
  int64_t number;              ///< 1 for a model's first
  int64_t batch;               ///< that are done, of
  int64_t batches;             ///< so many
  std::optional<double> loss;  ///< their mean; none where none is done
  double rate;                 ///< learning rate of the first group
  double seconds;
};

/// What training or testing has for itself.
struct PhaseState {
  RunOptions options;
  Data data;
  std::shared_ptr<Run> run;  ///< while one goes on
  Tensors outputs;           ///< of the last `backstep` on the data, where the hidden state goes on
};

/// The outcome of a forward calculation and the loss of it.
struct Computed {
  Tensors outputs;
  at::Tensor loss;
};

/// All parameters of the modules that the optimizer manages, those included that it was not given: what is clipped.
Tensors managedParameters(const Optimizer& optimizer);
/// The parameters of each group.
std::vector<Tensors> groupParameters(const Optimizer& optimizer);

/// How gradients are treated between their calculation and the step, looked up once for many batches.
class Treatment {
 public:
  Treatment(const Optimizer& optimizer, const RunOptions& options);
  void apply(const at::Tensor& loss) const;

 private:
  const RunOptions& options_;
  std::vector<Tensors> clipped_;  ///< each list by itself
};

struct Model {
  std::shared_ptr<Layer> module;
  std::shared_ptr<Loss> loss;
  std::shared_ptr<Optimizer> optimizer;
  PhaseState train;
  PhaseState test;
  std::deque<Epoch> history;       ///< of finished runs over the training data, the last ones
  int64_t epochs = 0;              ///< that are finished
  std::weak_ptr<Learner> learner;  ///< of a feed that trains it

  Model(std::shared_ptr<Layer> module, std::shared_ptr<Loss> loss, std::shared_ptr<Optimizer> optimizer);

  PhaseState& of(Phase phase) { return phase == Phase::train ? train : test; }

  at::Tensor lossOf(const Tensors& outputs, const Tensors& targets) const;
  Computed compute(const Tensors& inputs, const Tensors& targets) const;
  /// The loss, with gradients calculated.
  at::Tensor backward(const Tensors& inputs, const Tensors& targets) const;
  /// Gradients made anew and treated, and a step of the optimizer. Nothing has changed where `look` throws.
  /// @param look sees what was computed before the step
  /// @returns what was computed last, with the loss before the step
  Computed step(const Tensors& inputs, const Tensors& targets, const Treatment& treatment,
                const std::function<void(const Computed&)>& look = nullptr) const;
  /// The same of whatever `compute` answers. Nothing but gradients has changed where it throws, or `ready` does.
  /// @param ready called when the gradients are there, before the step
  Computed step(const std::function<Computed()>& compute, const Treatment& treatment,
                const std::function<void()>& ready = nullptr) const;
  /// The same on the training data as it is shown. @returns the loss
  at::Tensor backstep();
};

/// The learning rate of the first group.
double learningRate(const Optimizer& optimizer);

/// The inputs with the hidden state that came out of the batch before, apart from its calculation.
Tensors withHiddenState(Samples::Kind kind, Tensors inputs, const Tensors& outputs);

}  // namespace torchq
