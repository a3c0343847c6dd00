// Recurrent layers: the last state comes out beside the output.

#include "layers/types/rows.h"

namespace torchq {

namespace {

/// Options that the three kinds of recurrent layer share.
template <class ImplOptions>
ImplOptions recurrent(const Options& o) {
  return ImplOptions(o.integer("in"), o.integer("hidden"))
      .num_layers(o.integer("layers"))
      .bias(o.flag("bias"))
      .batch_first(o.flag("batchfirst"))
      .dropout(o.number("dropout"))
      .bidirectional(o.flag("bi"));
}

/// Input and initial hidden state in; output and last hidden state out.
template <class Impl>
Tensors recur(const Layer& layer, const Tensors& in) {
  auto [output, hidden] = as<Impl>(layer).forward(in[0], given(in, 1));
  return {output, hidden};
}

/// Input, or input with hidden and cell state, in; output, last hidden and cell state out.
Tensors recurLstm(const Layer& layer, const Tensors& in) {
  auto& lstm = as<nn::LSTMImpl>(layer);
  if (in.size() == 2)
    fail("lstm: forward expects 1 or 3 tensors, (input; hidden state; cell state), given 2");
  auto [output, state] =
      in.size() == 3 ? lstm.forward(in[0], std::make_tuple(in[1], in[2])) : lstm.forward(in[0]);
  return {output, std::get<0>(state), std::get<1>(state)};
}

}  // namespace

Rows recurrentLayers() {
  return {
      {"rnn",
       [](const Options& o) -> Module {
         auto options = recurrent<nn::RNNOptions>(o);
         if (o.symbol("fn") == "relu") options.nonlinearity(torch::kReLU);
         return std::make_shared<nn::RNNImpl>(options);
       },
       recur<nn::RNNImpl>, 1, 2},
      {"gru",
       [](const Options& o) -> Module { return std::make_shared<nn::GRUImpl>(recurrent<nn::GRUOptions>(o)); },
       recur<nn::GRUImpl>, 1, 2},
      {"lstm",
       [](const Options& o) -> Module {
         return std::make_shared<nn::LSTMImpl>(recurrent<nn::LSTMOptions>(o));
       },
       recurLstm, 1, 3},
  };
}

}  // namespace torchq
