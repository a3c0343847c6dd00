#include "tensor_info.h"

#include "errors.h"
#include "names.h"

namespace torchq {

namespace {

bool strided(const at::Tensor& t) { return t.layout() == at::kStrided; }

at::MemoryFormat memoryFormat(const at::Tensor& t) {
  return strided(t) ? t.suggest_memory_format() : at::MemoryFormat::Contiguous;
}

/// For tensors that are defined.
template <Reply (*Read)(const at::Tensor&)>
Reply defined(const at::Tensor& t) {
  return t.defined() ? Read(t) : Reply();
}

/// For tensors with a storage of their own.
template <Reply (*Read)(const at::Tensor&)>
Reply stored(const at::Tensor& t) {
  return t.defined() && strided(t) ? Read(t) : Reply();
}

Reply device(const at::Tensor& t) { return nameOf(t.device()); }
Reply dtype(const at::Tensor& t) { return nameOf(t.scalar_type()); }
Reply layout(const at::Tensor& t) { return nameOf(t.layout()); }
Reply gradient(const at::Tensor& t) { return t.requires_grad(); }
Reply pinned(const at::Tensor& t) { return strided(t) && t.is_pinned(); }
Reply memory(const at::Tensor& t) { return nameOf(memoryFormat(t)); }
Reply leaf(const at::Tensor& t) { return t.is_leaf(); }
Reply gradfn(const at::Tensor& t) { return t.grad_fn() ? t.grad_fn()->name() : std::string(); }
Reply size(const at::Tensor& t) { return t.sizes(); }
Reply dim(const at::Tensor& t) { return t.dim(); }
Reply numel(const at::Tensor& t) { return strided(t) ? t.numel() : tensorElements(t); }
Reply itemsize(const at::Tensor& t) { return static_cast<int64_t>(t.element_size()); }
Reply complex(const at::Tensor& t) { return t.is_complex(); }
Reply stride(const at::Tensor& t) { return t.strides(); }
Reply offset(const at::Tensor& t) { return t.storage_offset(); }
Reply contiguous(const at::Tensor& t) { return t.is_contiguous(); }
Reply storage(const at::Tensor& t) { return reinterpret_cast<int64_t>(t.storage().unsafeGetStorageImpl()); }
Reply storageBytes(const at::Tensor& t) { return static_cast<int64_t>(t.storage().nbytes()); }
Reply storageUses(const at::Tensor& t) { return static_cast<int64_t>(t.storage().use_count()); }
/// The verb that asks holds one reference itself.
Reply uses(const at::Tensor& t) { return static_cast<int64_t>(t.use_count()) - 1; }
Reply isDefined(const at::Tensor& t) { return t.defined(); }
Reply address(const at::Tensor& t) { return reinterpret_cast<int64_t>(t.unsafeGetTensorImpl()); }
Reply elements(const at::Tensor& t) { return tensorElements(t); }
Reply bytes(const at::Tensor& t) { return tensorBytes(t); }
Reply sparsedim(const at::Tensor& t) { return strided(t) ? int64_t{0} : t.sparse_dim(); }
Reply densedim(const at::Tensor& t) { return strided(t) ? t.dim() : t.dense_dim(); }
Reply coalesced(const at::Tensor& t) { return strided(t) || t.is_coalesced(); }
template <at::MemoryFormat Format>
Reply contiguousIn(const at::Tensor& t) {
  return strided(t) && t.is_contiguous(Format);
}

struct Row {
  const char* name;
  TensorAttribute read;
};

/// What `describe` tells.
constexpr Row ATTRIBUTES[] = {
    {"defined", isDefined},
    {"device", defined<device>},
    {"dtype", defined<dtype>},
    {"layout", defined<layout>},
    {"gradient", defined<gradient>},
    {"pinned", defined<pinned>},
    {"memory", defined<memory>},
    {"leaf", defined<leaf>},
    {"gradfn", defined<gradfn>},
    {"size", defined<size>},
    {"dim", defined<dim>},
    {"numel", defined<numel>},
    {"itemsize", defined<itemsize>},
    {"complex", defined<complex>},
    {"stride", stored<stride>},
    {"offset", stored<offset>},
    {"contiguous", stored<contiguous>},
    {"storage", stored<storage>},
    {"storageBytes", stored<storageBytes>},
    {"storageUses", stored<storageUses>},
    {"uses", defined<uses>},
};

/// What only `attribute` tells.
constexpr Row MORE[] = {
    {"address", address},
    {"elements", defined<elements>},
    {"bytes", defined<bytes>},
    {"sparsedim", defined<sparsedim>},
    {"densedim", defined<densedim>},
    {"coalesced", defined<coalesced>},
    {"contiguous2d", defined<contiguousIn<at::MemoryFormat::ChannelsLast>>},
    {"contiguous3d", defined<contiguousIn<at::MemoryFormat::ChannelsLast3d>>},
};

}  // namespace

TensorAttribute tensorAttribute(const std::string& name) {
  for (const auto& row : ATTRIBUTES)
    if (name == row.name) return row.read;
  for (const auto& row : MORE)
    if (name == row.name) return row.read;
  fail("no tensor attribute ", name);
}

Record describeTensor(const at::Tensor& t) {
  Record result;
  for (const auto& row : ATTRIBUTES) {
    auto value = row.read(t);
    if (!std::holds_alternative<std::monostate>(value.value)) result.set(row.name, std::move(value));
  }
  return result;
}

int64_t tensorElements(const at::Tensor& t) {
  if (t.layout() == at::kSparse) return t._values().numel();
  return static_cast<int64_t>(t.storage().nbytes() / t.element_size());
}

int64_t tensorBytes(const at::Tensor& t) {
  if (t.layout() == at::kSparse) return tensorBytes(t._indices()) + tensorBytes(t._values());
  // A storage that others use too is not this tensor's to count.
  if (t.storage().use_count() > 1) return t.numel() * static_cast<int64_t>(t.element_size());
  return static_cast<int64_t>(t.storage().nbytes());
}

}  // namespace torchq
