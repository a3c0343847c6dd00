// A module that is one function of its options and input.
#pragma once

#include <cctype>
#include <ostream>

#include "layers/types/rows.h"
#include "torch_version.h"

namespace torchq {

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

/// How a module's options are shown, between the brackets.
using PrintOptions = void (*)(std::ostream&, const Options&);

/// All of them by their names.
inline void printOptions(std::ostream& out, const Options& options) {
  for (size_t i = 0; i < options.items.size(); ++i) {
    out << (i > 0 ? ", " : "") << options.items[i].first << "=";
    printValue(out, options.items[i].second);
  }
}

/// A module without parameters whose forward is one function of the options: their values are kept in it.
struct FunctionImpl : nn::Module {
  FunctionImpl(std::string name, Options o, PrintOptions p)
      : nn::Module(std::move(name)), options(std::move(o)), print(p) {}
  std::shared_ptr<nn::Module> clone(const TorchOptional<at::Device>&) const override {
    return copyOf(*this, std::make_shared<FunctionImpl>(name(), options, print));
  }
  void pretty_print(std::ostream& out) const override {
    out << name().substr(0, name().size() - std::string("Impl").size()) << "(";
    print(out, options);
    out << ")";
  }
  Options options;
  PrintOptions print;
};

/// What ktorch calls the class of such a module: mul is knn::MulImpl.
inline std::string className(std::string name) {
  if (name == "droppath") return "knn::DropPathImpl";
  if (name == "indexselect") return "knn::IndexSelectImpl";
  if (name == "onehot") return "knn::OneHotImpl";
  if (name == "randomcrop") return "knn::RandomCropImpl";
  if (name == "randomflip") return "knn::RandomFlipImpl";
  name[0] = static_cast<char>(std::toupper(name[0]));
  return "knn::" + name + "Impl";
}

inline Module functionModule(const char* name, const Options& o, PrintOptions print = printOptions) {
  return std::make_shared<FunctionImpl>(className(name), o, print);
}

template <auto Compute, size_t N = 1>
LayerType function(const char* name, PrintOptions print = printOptions) {
  return {name, [name, print](const Options& o) { return functionModule(name, o, print); },
          [](const Layer& layer, const Tensors& in) -> Tensors {
            return {Compute(as<FunctionImpl>(layer).options, in)};
          },
          N, N};
}

}  // namespace torchq
