// Verbs on optimizers and models.
#include "errors.h"
#include "members.h"
#include "model.h"
#include "optimizer_types.h"
#include "rooms.h"
#include "torch_version.h"
#include "verb.h"

namespace torchq {

Tensors Optimizer::buffers() const {
  Tensors result;
  auto& states = optimizer->state();
  for (const auto& parameter : parameters) {
    const auto state = states.find(stateKey(parameter.tensor));
    if (state == states.end()) continue;
    for (auto& t : optimizerType(type).buffers(*state->second))
      if (t.defined()) result.push_back(std::move(t));
  }
  return result;
}

void Optimizer::clearGradients() {
  for (const auto& parameter : parameters) parameter.tensor.mutable_grad() = at::Tensor();
}

void Optimizer::step() { optimizer->step(); }

namespace {

/// The parameters that an object brings: with the names and types that the k api shows.
std::vector<Optimizer::Parameter> parametersOf(const Object& object, size_t group) {
  const auto members = membersOf(object);
  std::vector<Optimizer::Parameter> result;
  const auto* layer = std::get_if<std::shared_ptr<Layer>>(&object);
  for (size_t i = 0; i < members.tensors.size(); ++i) {
    const auto& name = members.names.empty() ? std::string() : members.names[i];
    std::string type;
    if (layer)
      visitLayers(*layer, [&](const std::shared_ptr<Layer>& l, size_t, const std::string& path) {
        if (path.empty() || name.compare(0, path.size() + 1, path + ".") == 0) type = l->type->name;
      });
    result.push_back({group, type, name, members.tensors[i]});
  }
  return result;
}

/// Checks and collects what the objects bring; nothing is changed yet.
std::vector<Optimizer::Parameter> gather(const Optimizer* existing, size_t group, const std::vector<Object>& objects) {
  std::vector<Optimizer::Parameter> added;
  for (const auto& object : objects) {
    auto parameters = parametersOf(object, group);
    for (size_t i = 0; i < parameters.size(); ++i) {
      const auto& p = parameters[i];
      const auto same = [&p](const Optimizer::Parameter& q) { return q.tensor.is_same(p.tensor); };
      const Optimizer::Parameter* twin = nullptr;
      if (existing)
        for (const auto& q : existing->parameters)
          if (same(q)) twin = &q;
      for (const auto& q : added)
        if (same(q)) twin = &q;
      if (twin)
        fail("opt: parameter[", i, "] already in group ", twin->group,
             twin->module.empty() ? std::string() : text(" (", twin->module, " module parameter `", twin->name, ")"));
      if (!p.tensor.is_leaf()) fail("can't optimize a non-leaf Tensor");
    }
    added.insert(added.end(), parameters.begin(), parameters.end());
  }
  return added;
}

Tensors parameterTensors(const std::vector<Optimizer::Parameter>& parameters) {
  Tensors result;
  for (const auto& p : parameters) result.push_back(p.tensor);
  return result;
}

Made optimizer(const std::string& type, const Options& options, const std::vector<uint8_t>& definition,
               const std::vector<Object>& objects) {
  auto result = std::make_shared<Optimizer>();
  result->type = type;
  result->definitions.push_back(definition);
  result->parameters = gather(nullptr, 0, objects);
  result->optimizer = optimizerType(type).make(parameterTensors(result->parameters), options);
  return {result};
}

void extendOptimizer(const std::shared_ptr<Optimizer>& optimizer, int64_t group, const Options& options,
                     const std::vector<uint8_t>& definition, const std::vector<Object>& objects) {
  auto& groups = optimizer->optimizer->param_groups();
  if (group < 0) fail("opt: group ", group, " invalid, cannot be negative");
  const auto index = static_cast<size_t>(group);
  if (index > groups.size())
    fail("opt: group ", group, " invalid, cannot be greater than number of groups(", groups.size(), ")");
  const auto added = gather(optimizer.get(), index, objects);
  auto made = optimizerType(optimizer->type).options(options);
  if (index == groups.size()) {
    optimizer->optimizer->add_param_group(torch::optim::OptimizerParamGroup(parameterTensors(added), std::move(made)));
    optimizer->definitions.push_back(definition);
  } else {
    groups[index].set_options(std::move(made));
    optimizer->definitions[index] = definition;
    for (const auto& p : added) groups[index].params().push_back(p.tensor);
  }
  auto& all = optimizer->parameters;
  const auto after = std::find_if(all.begin(), all.end(), [index](const auto& p) { return p.group > index; });
  all.insert(after, added.begin(), added.end());
}

Record optimizerInfo(const std::shared_ptr<Optimizer>& optimizer) {
  std::vector<Reply> groups, parameters;
  for (const auto& definition : optimizer->definitions) {
    Bytes bytes(definition.size());
    if (!definition.empty()) std::memcpy(bytes.data.get(), definition.data(), definition.size());
    groups.emplace_back(std::move(bytes));
  }
  for (const auto& p : optimizer->parameters) {
    Record parameter;
    parameter.set("group", static_cast<int64_t>(p.group)).set("module", p.module).set("name", p.name);
    parameter.set("size", Reply(p.tensor.sizes()));
    parameters.emplace_back(std::move(parameter));
  }
  Record result;
  result.set("type", optimizer->type).set("groups", std::move(groups)).set("parameters", std::move(parameters));
  return result;
}

const std::shared_ptr<Optimizer>& optimizerOf(const Object& object) {
  if (const auto* o = std::get_if<std::shared_ptr<Optimizer>>(&object)) return *o;
  if (const auto* m = std::get_if<std::shared_ptr<Model>>(&object)) return (*m)->optimizer;
  fail("optimizer or model expected");
}

void step(const Object& object) { optimizerOf(object)->step(); }

Made model(const std::shared_ptr<Layer>& module, const std::shared_ptr<Loss>& loss,
           const std::shared_ptr<Optimizer>& optimizer) {
  return {std::make_shared<Model>(Model{module, loss, optimizer})};
}

void setModel(const std::shared_ptr<Model>& model, const std::optional<std::shared_ptr<Layer>>& module,
              const std::optional<std::shared_ptr<Loss>>& loss,
              const std::optional<std::shared_ptr<Optimizer>>& optimizer) {
  if (module) model->module = *module;
  if (loss) model->loss = *loss;
  if (optimizer) model->optimizer = *optimizer;
}

Made part(const std::shared_ptr<Model>& model, const std::string& which) {
  if (which == "module") return {model->module};
  if (which == "loss") return {model->loss};
  return {model->optimizer};
}

/// k arrays go to the device of the module's parameters.
Tensors placed(const std::vector<Input>& inputs, const Layer& layer) {
  const auto parameters = layer.module->parameters();
  Tensors result;
  for (const auto& input : inputs) {
    auto t = input.tensor();
    result.push_back(input.isK() && !parameters.empty() ? t.to(parameters[0].device()) : t);
  }
  return result;
}

double backstep(const std::shared_ptr<Model>& model, const std::vector<Input>& inputs,
                const std::vector<Input>& targets) {
  model->optimizer->clearGradients();
  auto outputs = model->module->forward(placed(inputs, *model->module));
  auto losses = Tensors{outputs.at(0)};
  for (const auto& target : placed(targets, *model->module)) losses.push_back(target);
  const auto loss = model->loss->layer->forward(losses).at(0);
  loss.backward();
  model->optimizer->step();
  return loss.item<double>();
}

}  // namespace

void optimizerVerbs(Verbs& verbs) {
  verbs.work<optimizer>("optimizer");
  verbs.work<extendOptimizer>("extendOptimizer");
  verbs.cheap<optimizerInfo>("optimizerInfo");
  verbs.work<step>("step");
  verbs.cheap<model>("model");
  verbs.cheap<setModel>("setModel");
  verbs.cheap<part>("part");
  verbs.work<backstep>("backstep");
}

}  // namespace torchq
