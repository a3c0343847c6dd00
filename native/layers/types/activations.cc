// Activations.

#include "layers/types/rows.h"

namespace torchq {

namespace {

/// An activation whose only option is `inplace`.
template <class Impl, class ImplOptions>
LayerType activation(const char* name) {
  return row<Impl>(name, [](const Options& o) { return ImplOptions(o.flag("inplace")); });
}

template <class Impl, class ImplOptions>
LayerType alongDim(const char* name) {
  return row<Impl>(name, [](const Options& o) { return ImplOptions(o.integer("dim")); });
}

}  // namespace

Rows activationLayers() {
  return {
      activation<nn::ReLUImpl, nn::ReLUOptions>("relu"),
      activation<nn::ReLU6Impl, nn::ReLU6Options>("relu6"),
      activation<nn::SELUImpl, nn::SELUOptions>("selu"),
      plain<nn::GELUImpl>("gelu"),
      plain<nn::SiLUImpl>("silu"),
      plain<nn::MishImpl>("mish"),
      plain<nn::SigmoidImpl>("sigmoid"),
      plain<nn::TanhImpl>("tanh"),
      plain<nn::TanhshrinkImpl>("tanhshrink"),
      plain<nn::SoftsignImpl>("softsign"),
      plain<nn::LogSigmoidImpl>("logsigmoid"),
      plain<nn::Softmax2dImpl>("softmax2d"),
      alongDim<nn::SoftmaxImpl, nn::SoftmaxOptions>("softmax"),
      alongDim<nn::SoftminImpl, nn::SoftminOptions>("softmin"),
      alongDim<nn::LogSoftmaxImpl, nn::LogSoftmaxOptions>("logsoftmax"),
      alongDim<nn::GLUImpl, nn::GLUOptions>("glu"),
      row<nn::LeakyReLUImpl>(
          "leakyrelu",
          [](const Options& o) {
            return nn::LeakyReLUOptions().negative_slope(o.number("slope")).inplace(o.flag("inplace"));
          }),
      row<nn::PReLUImpl>("prelu",
                         [](const Options& o) {
                           return nn::PReLUOptions().num_parameters(o.integer("in")).init(o.number("init"));
                         }),
      row<nn::RReLUImpl>("rrelu",
                         [](const Options& o) {
                           return nn::RReLUOptions()
                               .lower(o.number("lower"))
                               .upper(o.number("upper"))
                               .inplace(o.flag("inplace"));
                         }),
      row<nn::ELUImpl>("elu",
                       [](const Options& o) {
                         return nn::ELUOptions().alpha(o.number("alpha")).inplace(o.flag("inplace"));
                       }),
      row<nn::CELUImpl>("celu",
                        [](const Options& o) {
                          return nn::CELUOptions().alpha(o.number("alpha")).inplace(o.flag("inplace"));
                        }),
      row<nn::HardshrinkImpl>("hardshrink",
                              [](const Options& o) { return nn::HardshrinkOptions(o.number("lambda")); }),
      row<nn::SoftshrinkImpl>("softshrink",
                              [](const Options& o) { return nn::SoftshrinkOptions(o.number("lambda")); }),
      row<nn::HardtanhImpl>("hardtanh",
                            [](const Options& o) {
                              return nn::HardtanhOptions()
                                  .min_val(o.number("min"))
                                  .max_val(o.number("max"))
                                  .inplace(o.flag("inplace"));
                            }),
      row<nn::SoftplusImpl>(
          "softplus",
          [](const Options& o) {
            return nn::SoftplusOptions().beta(o.number("beta")).threshold(o.number("threshold"));
          }),
      row<nn::ThresholdImpl>(
          "threshold",
          [](const Options& o) {
            return nn::ThresholdOptions(o.number("threshold"), o.number("value")).inplace(o.flag("inplace"));
          }),
  };
}

}  // namespace torchq
