// The transformer and what it is made of: libtorch's own encoders and decoders, put together.
#include "layers/types/rows.h"

namespace torchq {

namespace {

/// Options of another type that stand as a list under a name, in that type's order.
Options inner(const Options& o, const char* option, std::initializer_list<const char*> names) {
  const auto& values = std::get<std::vector<Any>>(o.get(option).value);
  Options result;
  size_t i = 0;
  for (const auto* name : names) result.items.emplace_back(name, values.at(i++));
  return result;
}

template <class LayerOptions>
LayerOptions layerOptions(const Options& o) {
  auto options = LayerOptions(o.integer("in"), o.integer("heads"))
                     .dim_feedforward(o.integer("dim"))
                     .dropout(o.number("dropout"));
  if (o.symbol("fn") == "gelu")
    options.activation(torch::kGELU);
  else
    options.activation(torch::kReLU);
  return options;
}

/// @param layer the option with the options of each layer
template <class CoderOptions, class LayerOptions>
CoderOptions coderOptions(const Options& o, const char* layer) {
  const auto each = inner(o, layer, {"in", "heads", "dim", "dropout", "fn"});
  auto options = CoderOptions(layerOptions<LayerOptions>(each), o.integer("layers"));
  if (o.get("layernorm").isNone()) return options;
  const auto norm = inner(o, "layernorm", {"shape", "eps", "affine"});
  return options.norm(nn::AnyModule(nn::LayerNorm(nn::LayerNormOptions(norm.integers("shape"))
                                                      .eps(norm.number("eps"))
                                                      .elementwise_affine(norm.flag("affine")))));
}

/// libtorch reads the third dimension of sequences unasked.
template <size_t N>
void checkSequences(const Layer& layer, const Tensors& in) {
  for (size_t i = 0; i < N; ++i)
    if (in[i].dim() != 3)
      fail(layer.type->name, ": sequences of 3 dimensions expected (length, batch, features), given ",
           in[i].dim());
}

template <class Impl>
Tensors encode(const Layer& layer, const Tensors& in) {
  checkSequences<1>(layer, in);
  return {as<Impl>(layer).forward(in[0], given(in, 1), given(in, 2))};
}

template <class Impl>
Tensors decode(const Layer& layer, const Tensors& in) {
  checkSequences<2>(layer, in);
  return {as<Impl>(layer).forward(in[0], in[1], given(in, 2), given(in, 3), given(in, 4), given(in, 5))};
}

/// The inputs at the positions, as far as they go.
Tensors chosen(const Tensors& in, std::initializer_list<size_t> positions) {
  Tensors result;
  for (const auto i : positions)
    if (i < in.size()) result.push_back(in[i]);
  return result;
}

/// @param in source, target, the masks of source, target and memory, the masks of their keys' padding
Tensors translate(const Layer& layer, const Tensors& in) {
  checkSequences<2>(layer, in);
  if (in[0].size(1) != in[1].size(1)) fail("the batch number of src and tgt must be equal");
  const auto dim = layer.options.integer("in");
  if (in[0].size(2) != dim || in[1].size(2) != dim)
    fail("the feature number of src and tgt must be equal to d_model");
  const auto memory = layer.child("encoder")->forward(chosen(in, {0, 2, 5}));
  auto target = chosen(in, {1, 3, 4, 6, 7});
  target.insert(target.begin() + 1, memory.at(0));
  return layer.child("decoder")->forward(target);
}

/// As libtorch's transformer does once its parts are there.
void beginTransformer(const Layer& layer) {
  for (auto& parameter : layer.module->parameters())
    if (parameter.dim() > 1) nn::init::xavier_uniform_(parameter);
}

template <class Impl, class LayerOptions>
Module makeLayerOf(const Options& o) {
  return std::make_shared<Impl>(layerOptions<LayerOptions>(o));
}

}  // namespace

Rows transformerLayers() {
  LayerType transformer{"transformer", [](const Options&) { return named("torch::nn::TransformerImpl"); },
                        translate, 2, 8};
  transformer.begin = beginTransformer;
  return {
      {"encoderlayer", makeLayerOf<nn::TransformerEncoderLayerImpl, nn::TransformerEncoderLayerOptions>,
       encode<nn::TransformerEncoderLayerImpl>, 1, 3},
      {"decoderlayer", makeLayerOf<nn::TransformerDecoderLayerImpl, nn::TransformerDecoderLayerOptions>,
       decode<nn::TransformerDecoderLayerImpl>, 2, 6},
      {"encoder",
       [](const Options& o) -> Module {
         return std::make_shared<nn::TransformerEncoderImpl>(
             coderOptions<nn::TransformerEncoderOptions, nn::TransformerEncoderLayerOptions>(o,
                                                                                             "encoderlayer"));
       },
       encode<nn::TransformerEncoderImpl>, 1, 3},
      {"decoder",
       [](const Options& o) -> Module {
         return std::make_shared<nn::TransformerDecoderImpl>(
             coderOptions<nn::TransformerDecoderOptions, nn::TransformerDecoderLayerOptions>(o,
                                                                                             "decoderlayer"));
       },
       decode<nn::TransformerDecoderImpl>, 2, 6},
      transformer,
  };
}

}  // namespace torchq
