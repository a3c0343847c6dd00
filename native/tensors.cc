// Verbs on one tensor: made from a k array, read back, described, changed.
#include "names.h"
#include "rooms.h"
#include "verb.h"

namespace torchq {

namespace {

at::MemoryFormat formatOf(const at::Tensor& t) {
  if (t.layout() != at::kStrided) return at::MemoryFormat::Contiguous;
  return t.suggest_memory_format();
}

/// Everything the k api tells of a tensor without reading its data. Undefined tensors have `defined` alone.
Record describe(const at::Tensor& t) {
  Record r;
  const auto set = [&r](const char* name, Reply value) { r.items.emplace_back(name, std::move(value)); };
  set("defined", t.defined());
  if (!t.defined()) return r;
  const bool strided = t.layout() == at::kStrided;
  set("device", nameOf(t.device()));
  set("dtype", nameOf(t.scalar_type()));
  set("layout", nameOf(t.layout()));
  set("gradient", t.requires_grad());
  set("pinned", t.is_pinned());
  set("memory", nameOf(formatOf(t)));
  set("leaf", t.is_leaf());
  set("gradfn", t.grad_fn() ? t.grad_fn()->name() : std::string());
  set("size", Reply(t.sizes()));
  set("dim", t.dim());
  set("numel", t.numel());
  set("itemsize", static_cast<int64_t>(t.element_size()));
  set("complex", t.is_complex());
  if (strided) {
    set("stride", Reply(t.strides()));
    set("offset", t.storage_offset());
    set("contiguous", t.is_contiguous());
    set("storage", reinterpret_cast<int64_t>(t.storage().unsafeGetStorageImpl()));
    set("storageBytes", static_cast<int64_t>(t.storage().nbytes()));
    set("storageUses", static_cast<int64_t>(t.storage().use_count()));
  }
  set("uses", static_cast<int64_t>(t.use_count()));
  return r;
}

/// A new leaf tensor from a k array or a copy of a tensor, with the options given; `requiresGrad` last, so that an
/// integer type is libtorch's own error.
Made create(const Input& source, const std::optional<std::string>& dtype, const std::optional<std::string>& device,
            const std::optional<std::string>& layout, bool requiresGrad, bool pinned,
            const std::optional<std::string>& memory) {
  at::NoGradGuard noGrad;
  auto t = source.tensor();
  if (source.isHandle()) t = t.clone();
  if (dtype || device)
    t = t.to(device ? deviceOf(*device) : t.device(), dtype ? dtypeOf(*dtype) : t.scalar_type());
  if (memory && memoryFormatOf(*memory) != at::MemoryFormat::Preserve) t = t.contiguous(memoryFormatOf(*memory));
  if (layout && layoutOf(*layout) == at::kSparse) t = t.to_sparse();
  if (pinned) t = t.pin_memory();
  t.requires_grad_(requiresGrad);
  return {t};
}

/// The tensor, or part of it (`index` along `dim`, then `more` positions along the next one), as a k array.
Bytes retrieve(const at::Tensor& t, bool complexFirst) { return tensorToK(t, complexFirst); }

/// Writes a k array, or another tensor, into a tensor, which takes over its shape but keeps its data type.
void assign(at::Tensor target, const Input& source) {
  at::NoGradGuard noGrad;
  const auto value = source.tensor();
  if (value.defined()) target.resize_(value.sizes());
  target.copy_(value);
}

void setGradient(at::Tensor t, bool flag) { t.requires_grad_(flag); }

}  // namespace

void tensorVerbs(Verbs& verbs) {
  verbs.cheap<describe>("describe");
  verbs.work<create>("create");
  verbs.work<retrieve>("retrieve");
  verbs.work<assign>("assign");
  verbs.cheap<setGradient>("setGradient");
}

}  // namespace torchq
