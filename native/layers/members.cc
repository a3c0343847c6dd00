#include "layers/members.h"

#include <torch/nn/module.h>

#include <mutex>
#include <unordered_map>

#include "errors.h"

namespace torchq {

std::optional<size_t> Members::find(const std::string& name) const {
  for (size_t i = 0; i < names.size(); ++i)
    if (names[i] == name) return i;
  return {};
}

What whatOf(const std::string& name) { return name == "buffers" ? What::buffers : What::parameters; }

namespace {

/// The parameters of modules, kept from call to call, since libtorch makes its list of them anew each time, which takes
/// longer than anything else in a look at a small module. Nothing here keeps a tensor or a module alive.
class KnownParameters {
 public:
  /// Nothing where they are not known, or not any more.
  std::optional<Members> find(const std::shared_ptr<torch::nn::Module>& module) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto it = entries_.find(module.get());
    if (it == entries_.end() || it->second.module.lock() != module) return {};
    Members result{it->second.names, {}};
    result.tensors.reserve(it->second.tensors.size());
    for (const auto& weak : it->second.tensors) {
      auto strong = weak.lock();
      if (!strong) return {};
      result.tensors.emplace_back(std::move(strong));
    }
    return result;
  }

  void keep(const std::shared_ptr<torch::nn::Module>& module, const Members& members) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (entries_.size() >= MOST) entries_.clear();
    Entry entry{module, members.names, {}};
    for (const auto& t : members.tensors) entry.tensors.emplace_back(t.getIntrusivePtr());
    entries_[module.get()] = std::move(entry);
  }

  void clear() {
    const std::lock_guard<std::mutex> lock(mutex_);
    entries_.clear();
  }

 private:
  static constexpr size_t MOST = 256;
  struct Entry {
    std::weak_ptr<torch::nn::Module> module;
    std::vector<std::string> names;
    std::vector<c10::weak_intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>> tensors;
  };

  std::mutex mutex_;  // jobs look here too
  std::unordered_map<const torch::nn::Module*, Entry> entries_;
};

KnownParameters& known() {
  static auto* const instance = new KnownParameters;
  return *instance;
}

}  // namespace

Members parametersOf(const std::shared_ptr<torch::nn::Module>& module) {
  if (auto found = known().find(module)) return std::move(*found);
  auto members = membersOf(namedTensors(*module, What::parameters));
  known().keep(module, members);
  return members;
}

void structureChanged() { known().clear(); }

NamedTensors namedTensors(const torch::nn::Module& module, What what) {
  return what == What::parameters ? module.named_parameters() : module.named_buffers();
}

std::shared_ptr<torch::nn::Module> moduleAt(const std::shared_ptr<torch::nn::Module>& root,
                                            const std::string& path) {
  if (path.empty()) return root;
  const auto modules = root->named_modules();
  if (const auto* found = modules.find(path)) return *found;
  fail("Submodule '", path, "' is not defined");
}

void addTensor(torch::nn::Module& module, What what, const std::string& name, const at::Tensor& tensor,
               bool grad) {
  if (what == What::buffers)
    module.register_buffer(name, tensor);
  else
    module.register_parameter(name, tensor, grad);
  structureChanged();
}

Members membersOf(const NamedTensors& named) {
  Members result;
  for (const auto& item : named) {
    result.names.push_back(item.key());
    result.tensors.push_back(item.value());
  }
  return result;
}

}  // namespace torchq
