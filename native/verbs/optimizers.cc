// Verbs on optimizers.
#include "door/verb.h"
#include "layers/callback.h"
#include "objects/members.h"
#include "optimizers/groups.h"
#include "training/model.h"
#include "verbs/verbs.h"
#include "wire/write.h"

namespace torchq {

namespace {

/// Parameters of several objects: for each, the names wanted in order; none takes all of them.
struct Choice {
  std::vector<Object> objects;
  std::vector<std::vector<std::string>> names;
};

std::vector<Source> sources(const Choice& choice) {
  std::vector<Source> result;
  for (size_t i = 0; i < choice.objects.size(); ++i) {
    const auto* layer = std::get_if<std::shared_ptr<Layer>>(&choice.objects[i]);
    result.push_back({layer ? *layer : nullptr, membersOf(choice.objects[i]),
                      i < choice.names.size() ? choice.names[i] : std::vector<std::string>()});
  }
  return result;
}

Made optimizer(const std::string& type, const GroupOptions& group, const Choice& choice) {
  return {makeOptimizer(type, group, sources(choice))};
}

void extend(const std::shared_ptr<Optimizer>& optimizer, int64_t number, const GroupOptions& group,
            const Choice& choice) {
  refuseInCallbacks("opt");
  extendOptimizer(*optimizer, number, group, sources(choice));
}

Record optimizerInfo(const std::shared_ptr<Optimizer>& optimizer) {
  std::vector<Reply> groups, parameters;
  for (const auto& definition : optimizer->definitions) groups.emplace_back(Bytes(definition));
  for (const auto& p : optimizer->parameters) {
    Record parameter;
    parameter.set("group", static_cast<int64_t>(p.group)).set("module", p.module);
    parameter.set("name", optimizer->shownName(p)).set("size", Reply(p.tensor.sizes()));
    parameter.set("pointer", reinterpret_cast<int64_t>(p.tensor.unsafeGetTensorImpl()));
    parameters.emplace_back(std::move(parameter));
  }
  Record result;
  result.set("type", optimizer->type)
      .set("groups", std::move(groups))
      .set("parameters", std::move(parameters));
  return result;
}

Reply bufferValue(const at::Tensor& t) { return t.defined() ? Reply(tensorToK(t)) : Reply(); }

/// The names and values of what is kept for each parameter; nothing stands for an undefined tensor, a list of values for
/// a list of tensors.
std::vector<Reply> optimizerBuffers(const std::shared_ptr<Optimizer>& optimizer) {
  std::vector<Reply> result;
  for (const auto& parameter : optimizer->parameters) {
    std::vector<std::string> names;
    std::vector<Reply> values;
    for (const auto& [name, form, tensors] : optimizer->buffers(parameter)) {
      names.emplace_back(name);
      std::vector<Reply> members;
      for (const auto& t : tensors) members.push_back(bufferValue(t));
      values.push_back(form == Optimizer::Buffer::Form::list ? Reply(std::move(members))
                                                             : std::move(members.at(0)));
    }
    Record record;
    record.set("names", names).set("values", std::move(values));
    result.emplace_back(std::move(record));
  }
  return result;
}

void restoreBuffers(const std::shared_ptr<Optimizer>& optimizer, int64_t position,
                    const std::vector<std::string>& names, const Tensors& values) {
  refuseInCallbacks("opt");
  optimizer->restore(position, names, values);
}

/// What the optimizer manages as one module.
Reply optimizerModule(const std::shared_ptr<Optimizer>& optimizer) {
  if (auto layer = optimizer->layer()) return Made{std::move(layer)};
  return {};
}

void step(const Object& object) {
  refuseInCallbacks("step");
  auto* optimizer = objectAs<Optimizer>(object);
  if (const auto* model = objectAs<Model>(object)) optimizer = model->optimizer.get();
  if (!optimizer) fail("optimizer or model expected");
  optimizer->step();
}

}  // namespace

template <>
struct From<GroupOptions> {
  static GroupOptions read(const Call& call, const Napi::Value& v) {
    const auto object = objectFrom(v);
    return {From<Options>::read(call, object.Get("options")),
            From<std::vector<uint8_t>>::read(call, object.Get("definition"))};
  }
};
template <>
struct From<Choice> {
  static Choice read(const Call& call, const Napi::Value& v) {
    const auto object = objectFrom(v);
    return {From<std::vector<Object>>::read(call, object.Get("objects")),
            From<std::vector<std::vector<std::string>>>::read(call, object.Get("names"))};
  }
};

void optimizerVerbs(Verbs& verbs) {
  verbs.work<optimizer>("optimizer");
  verbs.work<extend>("extendOptimizer");
  verbs.look<optimizerInfo>("optimizerInfo");
  verbs.work<optimizerBuffers>("optimizerBuffers");
  verbs.work<restoreBuffers>("restoreBuffers");
  verbs.look<optimizerModule>("optimizerModule");
  verbs.work<step>("step");
}

}  // namespace torchq
