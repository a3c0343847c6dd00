// Helpers to write a row of layer types in one line.
#pragma once

#include "errors.h"
#include "layer.h"
#include "torch_version.h"

namespace torchq {

namespace nn = torch::nn;
using Module = std::shared_ptr<nn::Module>;
using Rows = std::vector<LayerType>;

// One function a file of rows.
Rows basicLayers();      // layer_basic.cc: linear, activations, normalisation, dropout, embeddings
Rows spatialLayers();    // layer_spatial.cc: convolution, pooling, padding
Rows shapeLayers();      // layer_shapes.cc: pooling to a size, padding, folding, upsampling
Rows recurrentLayers();  // layer_recurrent.cc: recurrent layers, attention
Rows containerLayers();  // layer_containers.cc: sequential and its kin
Rows lossLayers();       // layer_losses.cc

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

/// A fresh module of ours with the tensors and the mode of another: what `clone` gives of it.
template <class Impl>
Module copyOf(const nn::Module& from, std::shared_ptr<Impl> to) {
  at::NoGradGuard noGrad;
  auto target = to->named_parameters();
  for (const auto& item : from.named_parameters()) target[item.key()].copy_(item.value());
  to->train(from.is_training());
  return to;
}

/// An option's value as ktorch prints it within a module.
inline void printValue(std::ostream& out, const Any& value) {
  if (value.isNone()) out << "None";
  if (const auto* x = std::get_if<bool>(&value.value)) out << *x;
  if (const auto* x = std::get_if<int64_t>(&value.value)) out << *x;
  if (const auto* x = std::get_if<double>(&value.value)) out << *x;
  if (const auto* x = std::get_if<std::string>(&value.value)) out << *x;
  if (const auto* list = std::get_if<std::vector<Any>>(&value.value))
    for (size_t i = 0; i < list->size(); ++i) {
      if (i > 0) out << " ";
      printValue(out, (*list)[i]);
    }
}

/// A module without parameters whose forward is one function of the options: their values are kept in it.
struct FunctionImpl : nn::Module {
  FunctionImpl(std::string name, Options o) : nn::Module(std::move(name)), options(std::move(o)) {}
  std::shared_ptr<nn::Module> clone(const TorchOptional<at::Device>&) const override {
    return copyOf(*this, std::make_shared<FunctionImpl>(name(), options));
  }
  void pretty_print(std::ostream& out) const override {
    out << name().substr(0, name().size() - std::string("Impl").size()) << "(";
    for (size_t i = 0; i < options.items.size(); ++i) {
      out << (i > 0 ? ", " : "") << options.items[i].first << "=";
      printValue(out, options.items[i].second);
    }
    out << ")";
  }
  Options options;
};

/// What ktorch calls the class of such a module: mul is knn::MulImpl.
inline std::string className(std::string name) {
  if (name == "droppath") return "knn::DropPathImpl";
  if (name == "indexselect") return "knn::IndexSelectImpl";
  name[0] = static_cast<char>(std::toupper(name[0]));
  return "knn::" + name + "Impl";
}

inline Module functionModule(const char* name, const Options& o) {
  return std::make_shared<FunctionImpl>(className(name), o);
}

template <auto Compute, size_t N = 1>
LayerType function(const char* name) {
  return {name, [name](const Options& o) { return functionModule(name, o); },
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
