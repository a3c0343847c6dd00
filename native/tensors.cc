// Verbs on one tensor: made from a k array, read back, described, changed, differentiated.
#include "errors.h"
#include "members.h"
#include "names.h"
#include "rooms.h"
#include "tensor_info.h"
#include "verb.h"

namespace torchq {

namespace {

using Symbol = std::optional<std::string>;

at::Tensor converted(at::Tensor t, const Symbol& dtype, const Symbol& device, const Symbol& layout,
                     const Symbol& memory, bool pinned) {
  if (dtype || device)
    t = t.to(device ? deviceOf(*device) : t.device(), dtype ? dtypeOf(*dtype) : t.scalar_type());
  if (memory && memoryFormatOf(*memory) != at::MemoryFormat::Preserve)
    t = t.contiguous(memoryFormatOf(*memory));
  if (layout && layoutOf(*layout) != t.layout())
    t = layoutOf(*layout) == at::kSparse ? t.to_sparse() : t.to_dense();
  if (pinned) t = t.pin_memory();
  return t;
}

at::Tensor fresh(const Input& source, bool own) {
  if (source.isHandle()) return source.tensor().clone();
  if (own && source.isK())
    if (auto t = tensorOverK(std::get<KView>(source.source)); t.defined()) return t;
  return source.tensor();
}

/// A new leaf tensor from a k array or a copy of a tensor. `requiresGrad` comes last, so that an integer type is
/// libtorch's own error. `own`: the k array's bytes are the tensor's to keep.
Made create(const Input& source, const Symbol& dtype, const Symbol& device, const Symbol& layout,
            bool requiresGrad, bool pinned, const Symbol& memory, bool own) {
  at::NoGradGuard noGrad;
  auto t = fresh(source, own);
  t = converted(std::move(t), dtype, device, layout, memory, pinned);
  if (requiresGrad) t.requires_grad_(true);
  return {t};
}

Made undefinedTensor() { return {at::Tensor()}; }

Bytes retrieve(const at::Tensor& t, std::optional<bool> complexFirst) { return tensorToK(t, complexFirst); }

/// The object as it is, so that the tensor has one reference more than usual, as `attribute` gives it.
Record describe(const Object& object) {
  if (const auto* t = std::get_if<at::Tensor>(&object)) return describeTensor(*t);
  fail("tensor expected");
}

/// libtorch's own display of a tensor or of the module in a module, loss or model.
std::string display(const Object& object) {
  if (const auto* t = std::get_if<at::Tensor>(&object)) return text(*t);
  return text(*layerOf(object).module);
}

/// The type of floating point tensors that name none, modules' parameters among them.
void setDefaultDtype(const std::string& dtype) {
  at::set_default_dtype(c10::scalarTypeToTypeMeta(dtypeOf(dtype)));
}

void assign(at::Tensor target, const Input& source) {
  at::NoGradGuard noGrad;
  const auto value = source.tensor();
  if (value.defined()) target.resize_(value.sizes());
  target.copy_(value);
}

void setGradient(at::Tensor t, bool flag) { t.requires_grad_(flag); }

/// Runs on the JavaScript thread's registry entry afterwards: `convert` makes the tensor, `replace` puts it behind the
/// handle, so that other handles to the old tensor keep it.
Made convert(const at::Tensor& t, const Symbol& dtype, const Symbol& device, const Symbol& layout,
             const Symbol& memory, bool pinned, const std::optional<bool>& requiresGrad) {
  auto result = converted(t, dtype, device, layout, memory, pinned);
  if (requiresGrad) result.requires_grad_(*requiresGrad);
  return {result};
}

/// Lets `handle` stand for the tensor of `source`, whose own handle ends.
void replace(int64_t handle, int64_t source) {
  auto object = registry().get(source).object;
  registry().get(handle).object = std::move(object);
  registry().erase(source);
}

Reply gradient(const at::Tensor& t) {
  if (!t.defined() || !t.grad().defined()) return {};
  return Made{t.grad()};
}

void backward(const at::Tensor& t, const std::optional<at::Tensor>& gradient, const std::string& mode) {
  const bool create = mode == "create" || mode == "createfree";
  const bool retain = mode == "retain" || mode == "create";
  t.backward(gradient ? *gradient : at::Tensor(), retain, create);
}

int64_t seed(const std::optional<int64_t>& value) {
  const auto chosen = value ? *value : static_cast<int64_t>(c10::detail::getNonDeterministicRandom());
  torch::manual_seed(static_cast<uint64_t>(chosen));
  return chosen;
}

/// The seed that the CPU's generator began with.
int64_t currentSeed() {
  return static_cast<int64_t>(at::globalContext().defaultGenerator(at::kCPU).current_seed());
}

}  // namespace

void tensorVerbs(Verbs& verbs) {
  verbs.work<create>("create");
  verbs.cheap<undefinedTensor>("undefinedTensor");
  verbs.work<retrieve>("retrieve");
  verbs.cheap<describe>("describe");
  verbs.work<display>("display");
  verbs.cheap<setDefaultDtype>("setDefaultDtype");
  verbs.work<assign>("assign");
  verbs.cheap<setGradient>("setGradient");
  verbs.work<convert>("convert");
  verbs.cheap<replace>("replace");
  verbs.cheap<gradient>("gradient");
  verbs.work<backward>("backward");
  verbs.cheap<seed>("seed");
  verbs.cheap<currentSeed>("currentSeed");
}

}  // namespace torchq
