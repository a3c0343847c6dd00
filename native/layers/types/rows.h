// Helpers to write a row of layer types in one line.
#pragma once

#include <torch/nn.h>

#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "errors.h"
#include "layers/layer.h"

namespace torchq {

namespace nn = torch::nn;
using Module = std::shared_ptr<nn::Module>;
using Rows = std::vector<LayerType>;

/// Of a container that hands them on.
constexpr size_t MOST_INPUTS = 8;

// One function a file of rows.
Rows linearLayers();
Rows embeddingLayers();
Rows normalizationLayers();
Rows activationLayers();
Rows functionLayers();
Rows imageLayers();
Rows convolutionLayers();
Rows poolingLayers();
Rows shapeLayers();
Rows recurrentLayers();
Rows attentionLayers();
Rows transformerLayers();
Rows containerLayers();
Rows compositeLayers();
/// Losses too (losses/types.cc).
Rows distanceLayers();

/// The libtorch module of a layer whose row made it. (libtorch's modules have a virtual base: no static_cast.)
template <class Impl>
Impl& as(const Layer& layer) {
  return dynamic_cast<Impl&>(*layer.module);
}

/// An option of D sizes, of which one number stands for all.
template <size_t D>
torch::ExpandingArray<D> size(const Options& o, const std::string& name) {
  return torch::ExpandingArray<D>(o.integers(name, D));
}

/// An input, undefined where there are not so many.
inline at::Tensor given(const Tensors& in, size_t i) { return i < in.size() ? in[i] : at::Tensor(); }

/// Calls the module's own forward with N tensors.
template <class Impl, size_t... I>
Tensors callForward(Impl& module, const Tensors& in, std::index_sequence<I...>) {
  return {module.forward(in[I]...)};
}

template <class Impl, size_t N = 1>
Tensors forwardOf(const Layer& layer, const Tensors& in) {
  return callForward(as<Impl>(layer), in, std::make_index_sequence<N>());
}

/// A row for a libtorch module that takes N tensors and gives one; `make` turns options into its constructor's argument.
template <class Impl, size_t N = 1, class MakeOptions>
LayerType row(const char* name, MakeOptions make) {
  return {name, [make](const Options& o) -> Module { return std::make_shared<Impl>(make(o)); },
          forwardOf<Impl, N>, N, N};
}

/// The same for a module without options.
template <class Impl, size_t N = 1>
LayerType plain(const char* name) {
  return {name, [](const Options&) -> Module { return std::make_shared<Impl>(); }, forwardOf<Impl, N>, N, N};
}

/// A module of ours without tensors of its own, under its class's name in libtorch's texts.
struct NamedImpl : nn::Module {
  NamedImpl(std::string name, std::string shown) : nn::Module(std::move(name)), shown(std::move(shown)) {}
  void pretty_print(std::ostream& out) const override { out << shown; }
  std::string shown;
};

/// @param options as they are printed after the class's name
inline Module named(const std::string& name, const std::string& options = "") {
  return std::make_shared<NamedImpl>(name, name + options);
}

/// A list's modules have their positions for names, whatever they were called.
inline std::string positionSlot(const std::vector<const Layer*>& before, const Layer&) {
  return std::to_string(before.size());
}

/// What a part of the layer makes of one tensor.
inline at::Tensor through(const Layer& layer, const char* part, const at::Tensor& x) {
  return layer.child(part)->forward({x}).at(0);
}

/// For integers that libtorch reads unchecked, as positions.
inline void checkRange(const char* what, const at::Tensor& values, int64_t least, int64_t most) {
  if (values.numel() == 0) return;
  const auto low = values.min().item<int64_t>(), high = values.max().item<int64_t>();
  if (low < least || high > most)
    fail(what, " from ", least, " to ", most, " expected, given ", low, " to ", high);
}

/// The value that goes with a name; throws for a name that is none of them.
template <class Value>
Value oneOf(const std::string& name, std::initializer_list<std::pair<const char*, Value>> choices) {
  for (const auto& [choice, value] : choices)
    if (name == choice) return value;
  fail("unrecognized option value: ", name);
}

}  // namespace torchq
