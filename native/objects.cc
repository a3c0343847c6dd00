// Verbs on objects of any class.
#include "members.h"
#include "model.h"
#include "rooms.h"
#include "tensor_info.h"
#include "verb.h"

namespace torchq {

namespace {

/// The class of the user's object, or nothing for a handle that is stale or somebody else's.
std::optional<std::string> kind(User user, int64_t handle) {
  const auto* entry = registry().find(handle);
  if (!entry || entry->user != user.id) return {};
  return KIND_NAMES[entry->object.index()];
}

std::vector<Reply> handles(User user) {
  std::vector<Reply> result;
  for (const auto handle : registry().handles(user.id)) result.emplace_back(static_cast<double>(handle));
  return result;
}

bool release(int64_t handle) { return registry().erase(handle); }

int64_t objectCount() { return static_cast<int64_t>(registry().count()); }

int64_t cudaDevices() { return static_cast<int64_t>(torch::cuda::device_count()); }

Made addref(const Object& object) { return {object}; }

int64_t address(const Object& object) {
  return std::visit(
      [](const auto& x) -> int64_t {
        if constexpr (std::is_same_v<std::decay_t<decltype(x)>, at::Tensor>)
          return reinterpret_cast<int64_t>(x.unsafeGetTensorImpl());
        else
          return reinterpret_cast<int64_t>(x.get());
      },
      object);
}

/// References to the object, the one that this call holds left out.
int64_t references(const Object& object) {
  return std::visit([](const auto& x) -> int64_t { return static_cast<int64_t>(x.use_count()) - 1; }, object);
}

Reply attribute(const Object& object, const std::string& name) {
  const auto read = tensorAttribute(name);
  if (const auto* t = std::get_if<at::Tensor>(&object)) return read(*t);
  const auto members = membersOf(object);
  std::vector<Reply> values;
  values.reserve(members.tensors.size());
  for (const auto& t : members.tensors) values.push_back(read(t));
  Record result;
  result.set("names", members.names).set("values", std::move(values));
  return result;
}

/// What an object holds in all.
class Totals {
 public:
  void add(const at::Tensor& t) {
    ++tensors_;
    addSize(t);
  }

  /// The number of steps is no tensor to the k api, but has its size.
  void add(const Optimizer& optimizer) {
    for (const auto& parameter : optimizer.parameters) {
      for (const auto& [name, tensor] : optimizer.buffers(parameter)) {
        if (!tensor.defined()) continue;
        if (std::string(name) != "step") ++tensors_;
        addSize(tensor);
      }
    }
  }

  Record record() const {
    Record result;
    result.set("tensors", tensors_).set("elements", elements_).set("bytes", bytes_);
    return result;
  }

 private:
  void addSize(const at::Tensor& t) {
    if (!t.defined()) return;
    elements_ += tensorElements(t);
    bytes_ += tensorBytes(t);
  }

  int64_t tensors_ = 0, elements_ = 0, bytes_ = 0;
};

Record totals(const Object& object) {
  Totals sum;
  if (const auto* o = std::get_if<std::shared_ptr<Optimizer>>(&object)) {
    sum.add(**o);
    return sum.record();
  }
  for (const auto& t : membersOf(object).tensors) sum.add(t);
  const bool hasBuffers = object.index() >= 3;  // not a tensor, vector or dictionary
  if (hasBuffers)
    for (const auto& t : membersOf(object, What::buffers).tensors) sum.add(t);
  if (const auto* m = std::get_if<std::shared_ptr<Model>>(&object)) sum.add(*(*m)->optimizer);
  return sum.record();
}

}  // namespace

void objectVerbs(Verbs& verbs) {
  verbs.cheap<kind>("kind");
  verbs.cheap<handles>("handles");
  verbs.cheap<release>("release");
  verbs.cheap<objectCount>("objectCount");
  verbs.cheap<cudaDevices>("cudaDevices");
  verbs.cheap<addref>("addref");
  verbs.cheap<address>("address");
  verbs.cheap<references>("references");
  verbs.cheap<attribute>("attribute");
  verbs.cheap<totals>("totals");
}

}  // namespace torchq
