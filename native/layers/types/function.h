// A module that is one function of its options and input.
#pragma once

#include <cctype>
#include <ostream>
#include <sstream>
#include <string>

#include "layers/types/rows.h"

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

/// What ktorch calls such a module in texts: mul is knn::Mul.
inline std::string className(std::string name) {
  if (name == "droppath") return "knn::DropPath";
  if (name == "indexselect") return "knn::IndexSelect";
  if (name == "onehot") return "knn::OneHot";
  if (name == "randomcrop") return "knn::RandomCrop";
  if (name == "randomflip") return "knn::RandomFlip";
  name[0] = static_cast<char>(std::toupper(name[0]));
  return "knn::" + name;
}

/// A module without parameters whose forward is one function of the options. Its class has another name than is printed.
inline Module functionModule(const char* name, const Options& o, PrintOptions print = printOptions) {
  const auto shown = className(name);
  std::ostringstream options;
  print(options, o);
  return std::make_shared<NamedImpl>(shown + "Impl", shown + "(" + options.str() + ")");
}

template <auto Compute, size_t N = 1>
LayerType function(const char* name, PrintOptions print = printOptions) {
  return {name, [name, print](const Options& o) { return functionModule(name, o, print); },
          [](const Layer& layer, const Tensors& in) -> Tensors { return {Compute(layer.options, in)}; }, N,
          N};
}

}  // namespace torchq
