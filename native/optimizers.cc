// Verbs on optimizers and models.
#include "errors.h"
#include "members.h"
#include "model.h"
#include "optimizer_types.h"
#include "rooms.h"
#include "torch_version.h"
#include "verb.h"

namespace torchq {

Optimizer::Buffers Optimizer::buffers(const Parameter& parameter) const {
  auto& states = optimizer->state();
  const auto state = states.find(stateKey(parameter.tensor));
  if (state == states.end()) return {};
  return optimizerType(type).buffers(*state->second);
}

std::string Optimizer::memberName(size_t index) const {
  const auto& layer = members[index].layer;
  if (!layer) return "parms";
  return layer->name.empty() ? std::to_string(index) : layer->name;
}

std::string Optimizer::shownName(const Parameter& parameter) const {
  return members.size() > 1 ? memberName(parameter.member) + "." + parameter.name : parameter.name;
}

void Optimizer::clearGradients() {
  for (const auto& parameter : parameters) parameter.tensor.mutable_grad() = at::Tensor();
}

void Optimizer::step() { optimizer->step(); }

namespace {

using Parameter = Optimizer::Parameter;

constexpr const char* PLAIN = "parmdict";

/// The type of the layer that holds the parameter: the deepest layer of ours whose path its name starts with.
std::string holderOf(const std::shared_ptr<Layer>& root, const std::string& name) {
  std::string type = root->type->name;
  visitLayers(root, [&](const std::shared_ptr<Layer>& layer, size_t, const std::string& path) {
    if (!path.empty() && name.compare(0, path.size() + 1, path + ".") == 0) type = layer->type->name;
  });
  return type;
}

/// What the optimizer would be with more members and parameters; nothing is changed until it is taken over.
class Gathering {
 public:
  explicit Gathering(const Optimizer& optimizer) : members(optimizer.members), optimizer_(optimizer) {}

  /// @param names the parameters wanted, in order; empty for all
  void add(const Object& object, const std::vector<std::string>& names, size_t group) {
    const auto* layer = std::get_if<std::shared_ptr<Layer>>(&object);
    const auto member = memberOf(layer ? *layer : nullptr);
    const auto all = membersOf(object);
    for (size_t i = 0; i < (names.empty() ? all.tensors.size() : names.size()); ++i) {
      const auto index = names.empty() ? i : indexOf(all, names[i]);
      const auto& tensor = all.tensors[index];
      check(tensor, i);
      const auto name = all.names.empty() ? std::to_string(plainCount()) : all.names[index];
      parameters.push_back({group, member, layer ? holderOf(*layer, name) : PLAIN, name, tensor});
    }
  }

  std::vector<Optimizer::Member> members;
  std::vector<Parameter> parameters;

 private:
  static size_t indexOf(const Members& all, const std::string& name) {
    if (const auto index = all.find(name)) return *index;
    fail("opt: no parameter named `", name);
  }

  size_t memberOf(const std::shared_ptr<Layer>& layer) {
    for (size_t i = 0; i < members.size(); ++i) {
      const auto& other = members[i].layer;
      if (layer ? other && other->module == layer->module : !other) return i;
      if (layer && other && !layer->name.empty() && other->name == layer->name)
        fail("opt: a ", layer->type->name, " module named `", layer->name,
             " already registered with the optimizer");
    }
    members.push_back({layer});
    return members.size() - 1;
  }

  /// Plain tensors without a name are numbered.
  size_t plainCount() const {
    const auto isPlain = [](const Parameter& p) { return p.module == PLAIN; };
    return static_cast<size_t>(
        std::count_if(optimizer_.parameters.begin(), optimizer_.parameters.end(), isPlain) +
        std::count_if(parameters.begin(), parameters.end(), isPlain));
  }

  void check(const at::Tensor& tensor, size_t position) const {
    const auto same = [&tensor](const Parameter& p) { return p.tensor.is_same(tensor); };
    for (const auto* list : {&optimizer_.parameters, &parameters})
      for (const auto& p : *list)
        if (same(p))
          fail("opt: parameter[", position, "] already in group ", p.group, " (", p.module,
               " module parameter `", optimizer_.members.empty() ? p.name : optimizer_.shownName(p), ")");
    if (!tensor.is_leaf()) fail("opt: parameter[", position, "] is a not a leaf tensor");
  }

  const Optimizer& optimizer_;
};

/// One list of names for each object; an empty one takes all of the object's parameters.
Gathering gather(const Optimizer& optimizer, size_t group, const std::vector<Object>& objects,
                 const std::vector<std::vector<std::string>>& names) {
  Gathering gathering(optimizer);
  for (size_t i = 0; i < objects.size(); ++i)
    gathering.add(objects[i], i < names.size() ? names[i] : std::vector<std::string>(), group);
  return gathering;
}

Tensors parameterTensors(const std::vector<Parameter>& parameters) {
  Tensors result;
  for (const auto& p : parameters) result.push_back(p.tensor);
  return result;
}

Made optimizer(const std::string& type, const Options& options, const std::vector<uint8_t>& definition,
               const std::vector<Object>& objects, const std::vector<std::vector<std::string>>& names) {
  auto result = std::make_shared<Optimizer>();
  result->type = type;
  result->definitions.push_back(definition);
  auto gathered = gather(*result, 0, objects, names);
  result->members = std::move(gathered.members);
  result->parameters = std::move(gathered.parameters);
  result->optimizer = optimizerType(type).make(parameterTensors(result->parameters), options);
  return {result};
}

void extendOptimizer(const std::shared_ptr<Optimizer>& optimizer, int64_t group, const Options& options,
                     const std::vector<uint8_t>& definition, const std::vector<Object>& objects,
                     const std::vector<std::vector<std::string>>& names) {
  auto& groups = optimizer->optimizer->param_groups();
  if (group < 0) fail("opt: group ", group, " invalid, cannot be negative");
  const auto index = static_cast<size_t>(group);
  if (index > groups.size())
    fail("opt: group ", group, " invalid, cannot be greater than number of groups(", groups.size(), ")");
  auto gathered = gather(*optimizer, index, objects, names);
  const auto& added = gathered.parameters;
  auto made = optimizerType(optimizer->type).options(options);
  if (index == groups.size()) {
    optimizer->optimizer->add_param_group(
        torch::optim::OptimizerParamGroup(parameterTensors(added), std::move(made)));
    optimizer->definitions.push_back(definition);
  } else {
    groups[index].set_options(std::move(made));
    optimizer->definitions[index] = definition;
    for (const auto& p : added) groups[index].params().push_back(p.tensor);
  }
  optimizer->members = std::move(gathered.members);
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

/// The names and values of what is kept for each parameter; nothing stands for an undefined tensor.
std::vector<Reply> optimizerBuffers(const std::shared_ptr<Optimizer>& optimizer) {
  std::vector<Reply> result;
  for (const auto& parameter : optimizer->parameters) {
    std::vector<std::string> names;
    std::vector<Reply> values;
    for (const auto& [name, tensor] : optimizer->buffers(parameter)) {
      names.emplace_back(name);
      values.push_back(tensor.defined() ? Reply(tensorToK(tensor)) : Reply());
    }
    Record record;
    record.set("names", names).set("values", std::move(values));
    result.emplace_back(std::move(record));
  }
  return result;
}

/// Gives the parameter at the position its buffers back; their shapes are the parameter's, but for the step.
void restoreBuffers(const std::shared_ptr<Optimizer>& optimizer, int64_t position,
                    const std::vector<std::string>& names, const Tensors& values) {
  if (position < 0 || static_cast<size_t>(position) >= optimizer->parameters.size())
    fail("opt: no parameter ", position, " to restore");
  const auto& parameter = optimizer->parameters[static_cast<size_t>(position)].tensor;
  Tensors buffers;
  for (size_t i = 0; i < values.size(); ++i) {
    const bool isStep = names.at(i) == "step";
    if (!isStep && values[i].sizes() != parameter.sizes())
      fail("opt: size mismatch, ", names[i], " is ", parameter.sizes(), ", input is ", values[i].sizes());
    if (isStep && values[i].numel() != 1)
      fail("opt: step expects a single number, input is ", values[i].sizes());
    buffers.push_back(isStep ? values[i] : values[i].to(parameter.options().requires_grad(false)).clone());
  }
  optimizer->optimizer->state()[stateKey(parameter)] =
      optimizerType(optimizer->type).restore(SavedBuffers(names, buffers));
}

/// Plain tensors as a layer that holds them.
std::shared_ptr<Layer> plainLayer(const Optimizer& optimizer) {
  auto layer = std::make_shared<Layer>();
  layer->type = &layerType(PLAIN);
  layer->module = layer->type->make({});
  for (const auto& p : optimizer.parameters)
    if (p.module == PLAIN) layer->module->register_parameter(p.name, p.tensor, p.tensor.requires_grad());
  return layer;
}

/// What the optimizer manages as one module: its only member, or a container of all.
Reply optimizerModule(const std::shared_ptr<Optimizer>& optimizer) {
  const auto& members = optimizer->members;
  const auto layerAt = [&](size_t i) { return members[i].layer ? members[i].layer : plainLayer(*optimizer); };
  if (members.empty()) return {};
  if (members.size() == 1) return Made{layerAt(0)};
  auto all = std::make_shared<Layer>();
  all->type = &layerType("moduledict");
  all->module = all->type->make({});
  for (size_t i = 0; i < members.size(); ++i) {
    auto child =
        std::make_shared<Layer>(*layerAt(i));  // its module is shared, its name is the container's affair
    child->name = optimizer->memberName(i);
    all->add(std::move(child));
  }
  return Made{all};
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

/// The loss of the module's output and the targets, with gradients calculated.
at::Tensor backwardLoss(const Model& model, const std::vector<Input>& inputs,
                        const std::vector<Input>& targets) {
  auto losses = Tensors{model.module->forward(placed(inputs, *model.module)).at(0)};
  for (const auto& target : placed(targets, *model.module)) losses.push_back(target);
  const auto loss = model.loss->layer->forward(losses).at(0);
  loss.backward();
  return loss;
}

Bytes backwardModel(const std::shared_ptr<Model>& model, const std::vector<Input>& inputs,
                    const std::vector<Input>& targets) {
  return tensorToK(backwardLoss(*model, inputs, targets), true);
}

Bytes backstep(const std::shared_ptr<Model>& model, const std::vector<Input>& inputs,
               const std::vector<Input>& targets) {
  model->optimizer->clearGradients();
  const auto loss = backwardLoss(*model, inputs, targets);
  model->optimizer->step();
  return tensorToK(loss, true);
}

}  // namespace

void optimizerVerbs(Verbs& verbs) {
  verbs.work<optimizer>("optimizer");
  verbs.work<extendOptimizer>("extendOptimizer");
  verbs.cheap<optimizerInfo>("optimizerInfo");
  verbs.work<optimizerBuffers>("optimizerBuffers");
  verbs.work<restoreBuffers>("restoreBuffers");
  verbs.cheap<optimizerModule>("optimizerModule");
  verbs.work<step>("step");
  verbs.cheap<model>("model");
  verbs.cheap<setModel>("setModel");
  verbs.cheap<part>("part");
  verbs.work<backwardModel>("backwardModel");
  verbs.work<backstep>("backstep");
}

}  // namespace torchq
