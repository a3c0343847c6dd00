// Helpers to write a row of layer types in one line.
#pragma once

#include "errors.h"
#include "layer.h"

namespace torchq {

namespace nn = torch::nn;
using Module = std::shared_ptr<nn::Module>;
using Rows = std::vector<LayerType>;

// One function a file of rows.
Rows basicLayers();      // layer_basic.cc: linear, activations, normalisation, dropout, embeddings
Rows spatialLayers();    // layer_spatial.cc: convolution, pooling, padding
Rows recurrentLayers();  // layer_recurrent.cc: recurrent layers, attention
Rows containerLayers();  // layer_containers.cc: sequential and its kin
Rows lossLayers();       // layer_losses.cc

/// The libtorch module of a layer whose row made it. (libtorch's modules have a virtual base: no static_cast.)
template <class Impl>
Impl& as(const Layer& layer) {
  return dynamic_cast<Impl&>(*layer.module);
}

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
  return {name, [make](const Options& o) -> Module { return std::make_shared<Impl>(make(o)); }, forwardOf<Impl, N>, N,
          N};
}

/// The same for a module without options.
template <class Impl, size_t N = 1>
LayerType plain(const char* name) {
  return {name, [](const Options&) -> Module { return std::make_shared<Impl>(); }, forwardOf<Impl, N>, N, N};
}

/// A module without parameters whose forward is one function of the options: their values are kept in it.
struct FunctionImpl : nn::Module {
  explicit FunctionImpl(Options o) : options(std::move(o)) {}
  Options options;
};

template <auto Compute, size_t N = 1>
LayerType function(const char* name) {
  return {name, [](const Options& o) -> Module { return std::make_shared<FunctionImpl>(o); },
          [](const Layer& layer, const Tensors& in) -> Tensors {
            return {Compute(as<FunctionImpl>(layer).options, in)};
          },
          N, N};
}

/// The value that goes with a name; throws for a name that is none of them.
template <class Value>
Value oneOf(const std::string& name, std::initializer_list<std::pair<const char*, Value>> choices) {
  for (const auto& [choice, value] : choices)
    if (name == choice) return value;
  fail("unrecognized option value: ", name);
}

}  // namespace torchq
