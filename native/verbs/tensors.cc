// Verbs on one tensor: made from a k array, read back, described, changed.
#include <ATen/core/grad_mode.h>

#include "door/verb.h"
#include "objects/tensor_info.h"
#include "values/names.h"
#include "verbs/verbs.h"
#include "wire/write.h"

namespace torchq {

namespace {

/// Data type, device, memory format, layout and pinning, as far as the options name them.
at::Tensor converted(at::Tensor t, const Options& options) {
  const auto dtype = options.maybeSymbol("dtype"), device = options.maybeSymbol("device"),
             memory = options.maybeSymbol("memory"), layout = options.maybeSymbol("layout");
  if (dtype || device)
    t = t.to(device ? deviceOf(*device) : t.device(), dtype ? dtypeOf(*dtype) : t.scalar_type());
  if (memory && memoryFormatOf(*memory) != at::MemoryFormat::Preserve)
    t = t.contiguous(memoryFormatOf(*memory));
  if (layout && layoutOf(*layout) != t.layout())
    t = layoutOf(*layout) == at::kSparse ? t.to_sparse() : t.to_dense();
  if (options.maybeFlag("pinned").value_or(false)) t = t.pin_memory();
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
Made create(const Input& source, const Options& options) {
  at::NoGradGuard noGrad;
  auto t = converted(fresh(source, options.maybeFlag("own").value_or(false)), options);
  if (options.maybeFlag("requiresGrad").value_or(false)) t.requires_grad_(true);
  return {t};
}

Made undefinedTensor() { return {at::Tensor()}; }

Bytes retrieve(const at::Tensor& t, std::optional<bool> complexFirst) { return tensorToK(t, complexFirst); }

/// The object as it is, so that the tensor has one reference more than usual, as `attribute` gives it.
Record describe(const Object& object) {
  const auto* t = std::get_if<at::Tensor>(&object);
  if (!t) fail("tensor expected");
  Record result;
  for (const auto& [name, value] : describeTensor(*t)) result.set(name, value);
  return result;
}

void assign(at::Tensor target, const Input& source) {
  at::NoGradGuard noGrad;
  const auto value = source.tensor();
  if (value.defined()) target.resize_(value.sizes());
  target.copy_(value);
}

/// The tensor converted, for `replace` to put it behind the handle.
Made convert(const at::Tensor& t, const Options& options) {
  auto result = converted(t, options);
  if (const auto flag = options.maybeFlag("requiresGrad")) result.requires_grad_(*flag);
  return {result};
}

}  // namespace

/// Another device among them is too much.
inline int64_t weigh(const Options& options) {
  int64_t sum = 0;
  for (const auto& item : options.items) sum = plus(sum, weigh(item.second));
  return sum;
}

void tensorVerbs(Verbs& verbs) {
  verbs.light<create>("create");
  verbs.look<undefinedTensor>("undefinedTensor");
  verbs.light<retrieve>("retrieve");
  verbs.look<describe>("describe");
  verbs.light<assign>("assign");
  verbs.light<convert>("convert");
}

}  // namespace torchq
