#include "optimizers/groups.h"

#include <algorithm>
#include <unordered_set>

#include "errors.h"
#include "optimizers/types.h"
#include "torch_version.h"

namespace torchq {

namespace {

using Parameter = Optimizer::Parameter;

/// What the optimizer would be with more members and parameters; nothing is changed until it is taken over.
class Gathering {
 public:
  explicit Gathering(const Optimizer& optimizer) : members(optimizer.members), optimizer_(optimizer) {
    for (const auto& p : optimizer.parameters) count(p);
  }

  void add(const Source& source, size_t group) {
    const auto& [layer, all, names] = source;
    const auto member = memberOf(layer);
    for (size_t i = 0; i < (names.empty() ? all.tensors.size() : names.size()); ++i) {
      const auto index = names.empty() ? i : indexOf(all, names[i]);
      const auto& tensor = all.tensors[index];
      check(tensor, i);
      // plain tensors without a name are numbered
      const auto name = all.names.empty() ? std::to_string(plain_) : all.names[index];
      parameters.push_back({group, member, layer ? holderType(*layer, name) : PLAIN, name, tensor});
      count(parameters.back());
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

  void count(const Parameter& p) {
    known_.insert(p.tensor.unsafeGetTensorImpl());
    if (p.module == PLAIN) ++plain_;
  }

  void check(const at::Tensor& tensor, size_t position) const {
    if (!tensor.defined()) fail("opt: parameter[", position, "] is empty");
    if (known_.count(tensor.unsafeGetTensorImpl()))
      for (const auto* list : {&optimizer_.parameters, &parameters})
        for (const auto& p : *list)
          if (p.tensor.is_same(tensor))
            fail("opt: parameter[", position, "] already in group ", p.group, " (", p.module,
                 " module parameter `", optimizer_.members.empty() ? p.name : optimizer_.shownName(p), ")");
    if (!tensor.is_leaf()) fail("opt: parameter[", position, "] is a not a leaf tensor");
  }

  const Optimizer& optimizer_;
  std::unordered_set<const at::TensorImpl*> known_;  ///< of all parameters
  size_t plain_ = 0;                                 ///< parameters that are no module's
};

Gathering gather(const Optimizer& optimizer, size_t group, const std::vector<Source>& sources) {
  Gathering gathering(optimizer);
  for (const auto& source : sources) gathering.add(source, group);
  return gathering;
}

Tensors tensorsOf(const std::vector<Parameter>& parameters) {
  Tensors result;
  for (const auto& p : parameters) result.push_back(p.tensor);
  return result;
}

}  // namespace

std::shared_ptr<Optimizer> makeOptimizer(const std::string& type, const GroupOptions& options,
                                         const std::vector<Source>& sources) {
  auto result = std::make_shared<Optimizer>();
  result->type = type;
  result->definitions.push_back(options.definition);
  auto gathered = gather(*result, 0, sources);
  result->members = std::move(gathered.members);
  result->parameters = std::move(gathered.parameters);
  result->optimizer = optimizerType(type).make(tensorsOf(result->parameters), options.values);
  return result;
}

void extendOptimizer(Optimizer& optimizer, int64_t group, const GroupOptions& options,
                     const std::vector<Source>& sources) {
  auto& groups = optimizer.optimizer->param_groups();
  if (group < 0) fail("opt: group ", group, " invalid, cannot be negative");
  const auto index = static_cast<size_t>(group);
  if (index > groups.size())
    fail("opt: group ", group, " invalid, cannot be greater than number of groups(", groups.size(), ")");
  const auto& row = optimizerType(optimizer.type);
  if (row.joined && index > 0)
    fail("opt: group ", group, " invalid, ", row.name, " has one group of parameters");
  auto gathered = gather(optimizer, index, sources);
  const auto& added = gathered.parameters;
  // An optimizer of nothing: libtorch checks options where it makes one, not where a group gets them.
  auto made = row.make({}, options.values)->param_groups().at(0).options().clone();
  if (index == groups.size()) {
    optimizer.optimizer->add_param_group(torch::optim::OptimizerParamGroup(tensorsOf(added), made->clone()));
    // libtorch 2.14 takes a default for the first group's value.
    groups.back().set_options(std::move(made));
    optimizer.definitions.push_back(options.definition);
  } else {
    groups[index].set_options(std::move(made));
    optimizer.definitions[index] = options.definition;
    if (!row.joined)  // its next step joins them
      for (const auto& p : added) groups[index].params().push_back(p.tensor);
  }
  if (row.begin)
    for (const auto& p : added)
      optimizer.optimizer->state()[stateKey(p.tensor)] = row.begin(p.tensor, groups[index].options());
  optimizer.members = std::move(gathered.members);
  auto& all = optimizer.parameters;
  const auto after = std::find_if(all.begin(), all.end(), [index](const auto& p) { return p.group > index; });
  all.insert(after, added.begin(), added.end());
}

}  // namespace torchq
