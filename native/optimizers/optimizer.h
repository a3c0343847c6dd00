// An optimizer: libtorch's own, with what the k api tells of it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "layers/layer.h"

// Named here only, as libtorch's header of optimizers takes seconds to read.
namespace torch::optim {
class Optimizer;
class OptimizerParamState;
}  // namespace torch::optim

namespace torchq {

struct Optimizer {
  /// A module whose parameters are managed; one without module stands for all plain tensors together.
  struct Member {
    std::shared_ptr<Layer> layer;
  };
  struct Parameter {
    size_t group;
    size_t member;       ///< index into `members`
    std::string module;  ///< type of the module that holds it
    std::string name;    ///< within the member
    at::Tensor tensor;
  };
  /// What the optimizer keeps for one parameter: a number as a tensor of its own, a tensor that may be undefined, or a
  /// list of them.
  struct Buffer {
    enum class Form { number, tensor, list };
    const char* name;
    Form form;
    Tensors tensors;
  };
  /// Makes the gradients anew, for the parameters as they are, and answers the loss.
  using Closure = std::function<at::Tensor()>;

  Optimizer();
  ~Optimizer();

  std::string type;
  std::vector<std::vector<uint8_t>> definitions;  ///< options of each group as k bytes, opaque here
  std::vector<Member> members;                    ///< in order of addition
  std::vector<Parameter> parameters;              ///< in order of groups, then of addition
  std::unique_ptr<torch::optim::Optimizer> optimizer;

  /// Leaves the gradients of all parameters undefined.
  void clearGradients();
  /// Whether a step makes gradients itself, by the closure.
  bool needsClosure() const;
  /// Frozen parameters stay as they are, bit for bit, whatever gradient they may still have. What it needs is made ready
  /// for all parameters first: a step that fails has not begun.
  /// @param closure called for the gradients, once or as often as the type wants; null: they are there
  /// @returns the closure's first answer
  at::Tensor step(const Closure& closure = nullptr);
  /// Empty before the first step, and for parameters that take no part in it.
  std::vector<Buffer> buffers(const Parameter& parameter) const;
  /// The name of a member among several: its own, or its position.
  std::string memberName(size_t index) const;
  /// The name that the k api shows: with the member's where there are several.
  std::string shownName(const Parameter& parameter) const;
  /// Buffers of a parameter that were saved, by name.
  struct Saved {
    std::vector<std::string> names;
    Tensors values;
  };
  /// Gives the parameter at the position its buffers back; their shapes are the parameter's, but for numbers.
  void restore(int64_t position, const std::vector<std::string>& names, const Tensors& values);
  /// The same of all parameters in their order, all or none; those without any begin anew. Not for types that join
  /// their parameters. Unknown names are errors.
  void restore(const std::vector<Saved>& all);
  /// What is managed as one module: the only member, or a container of all; null where there is none.
  std::shared_ptr<Layer> layer() const;

 private:
  void makeReady(const Parameter& parameter);
  void checkNames(const Parameter& parameter, const std::vector<std::string>& names) const;
  std::unique_ptr<torch::optim::OptimizerParamState> stateOf(const Parameter& parameter, const Saved& saved);
  /// libtorch's optimizer gets the parameters that move now. What it keeps is of the same ones joined: with others it
  /// begins anew.
  void join();
  at::Tensor stepJoined(const Closure& closure);
};

/// Puts the gradients of frozen parameters away for as long as it lives: libtorch moves what has a gradient, momentum and
/// decay even where it is zero.
class FrozenGradients {
 public:
  explicit FrozenGradients(const std::vector<Optimizer::Parameter>& parameters);
  ~FrozenGradients();
  FrozenGradients(const FrozenGradients&) = delete;
  FrozenGradients& operator=(const FrozenGradients&) = delete;

 private:
  std::vector<std::pair<at::Tensor, at::Tensor>> gradients_;  // parameter and gradient
};

/// The type of plain tensors that an optimizer manages.
constexpr const char* PLAIN = "parmdict";

}  // namespace torchq
