#include "objects/weight.h"

#include "layers/layer.h"
#include "layers/members.h"
#include "losses/loss.h"
#include "optimizers/optimizer.h"
#include "training/model.h"

namespace torchq {

int64_t weigh(const Object& object) {
  if (const auto* t = std::get_if<at::Tensor>(&object)) return weigh(*t);
  if (const auto* vector = objectAs<TensorVector>(object)) return weigh(vector->items);
  if (const auto* dict = objectAs<TensorDict>(object)) return weigh(dict->items.values());
  if (const auto* layer = objectAs<Layer>(object)) return weigh(parametersOf(layer->module).tensors);
  if (const auto* loss = objectAs<Loss>(object)) return weigh(loss->layer);
  if (const auto* model = objectAs<Model>(object)) {
    auto sum = plus(weigh(model->module), weigh(model->optimizer));
    for (const auto* phase : {&model->train, &model->test})
      for (const auto* samples : {&phase->data.given().inputs, &phase->data.given().targets})
        sum = plus(sum, weigh(samples->tensors));
    return sum;
  }
  if (const auto* optimizer = objectAs<Optimizer>(object)) {
    int64_t sum = 0;
    for (const auto& parameter : optimizer->parameters) sum = plus(sum, weigh(parameter.tensor));
    return sum;
  }
  return TOO_MUCH;
}

}  // namespace torchq
