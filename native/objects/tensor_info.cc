#include "objects/tensor_info.h"

#include <torch/csrc/autograd/function.h>

#include "errors.h"
#include "values/names.h"

namespace torchq {

namespace {

bool strided(const at::Tensor& t) { return t.layout() == at::kStrided; }

at::MemoryFormat memoryFormat(const at::Tensor& t) {
  return strided(t) ? t.suggest_memory_format() : at::MemoryFormat::Contiguous;
}

/// For tensors that are defined.
template <Attribute (*Read)(const at::Tensor&)>
Attribute defined(const at::Tensor& t) {
  return t.defined() ? Read(t) : Attribute();
}

/// For tensors with a storage of their own.
template <Attribute (*Read)(const at::Tensor&)>
Attribute stored(const at::Tensor& t) {
  return t.defined() && strided(t) ? Read(t) : Attribute();
}

Attribute device(const at::Tensor& t) { return nameOf(t.device()); }
Attribute dtype(const at::Tensor& t) { return nameOf(t.scalar_type()); }
Attribute layout(const at::Tensor& t) { return nameOf(t.layout()); }
Attribute requiresGrad(const at::Tensor& t) { return t.requires_grad(); }
Attribute pinned(const at::Tensor& t) { return strided(t) && t.is_pinned(); }
Attribute memory(const at::Tensor& t) { return nameOf(memoryFormat(t)); }
Attribute leaf(const at::Tensor& t) { return t.is_leaf(); }
Attribute gradfn(const at::Tensor& t) { return t.grad_fn() ? t.grad_fn()->name() : std::string(); }
Attribute size(const at::Tensor& t) { return t.sizes().vec(); }
Attribute dim(const at::Tensor& t) { return t.dim(); }
Attribute numel(const at::Tensor& t) { return strided(t) ? t.numel() : tensorElements(t); }
Attribute itemsize(const at::Tensor& t) { return static_cast<int64_t>(t.element_size()); }
Attribute complex(const at::Tensor& t) { return t.is_complex(); }
Attribute stride(const at::Tensor& t) { return t.strides().vec(); }
Attribute offset(const at::Tensor& t) { return t.storage_offset(); }
Attribute contiguous(const at::Tensor& t) { return t.is_contiguous(); }
Attribute storage(const at::Tensor& t) {
  return reinterpret_cast<int64_t>(t.storage().unsafeGetStorageImpl());
}
Attribute storageBytes(const at::Tensor& t) { return static_cast<int64_t>(t.storage().nbytes()); }
Attribute storageUses(const at::Tensor& t) { return static_cast<int64_t>(t.storage().use_count()); }
/// The verb that asks holds one reference itself.
Attribute uses(const at::Tensor& t) { return static_cast<int64_t>(t.use_count()) - 1; }
Attribute isDefined(const at::Tensor& t) { return t.defined(); }
Attribute address(const at::Tensor& t) { return reinterpret_cast<int64_t>(t.unsafeGetTensorImpl()); }
Attribute elements(const at::Tensor& t) { return tensorElements(t); }
Attribute bytes(const at::Tensor& t) { return tensorBytes(t); }
Attribute sparsedim(const at::Tensor& t) { return strided(t) ? int64_t{0} : t.sparse_dim(); }
Attribute densedim(const at::Tensor& t) { return strided(t) ? t.dim() : t.dense_dim(); }
Attribute coalesced(const at::Tensor& t) { return strided(t) || t.is_coalesced(); }
template <at::MemoryFormat Format>
Attribute contiguousIn(const at::Tensor& t) {
  return strided(t) && t.is_contiguous(Format);
}

struct Row {
  const char* name;
  ReadAttribute read;
};

/// What `describe` tells.
constexpr Row ATTRIBUTES[] = {
    {"defined", isDefined},
    {"device", defined<device>},
    {"dtype", defined<dtype>},
    {"layout", defined<layout>},
    {"requiresGrad", defined<requiresGrad>},
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

ReadAttribute tensorAttribute(const std::string& name) {
  for (const auto& row : ATTRIBUTES)
    if (name == row.name) return row.read;
  for (const auto& row : MORE)
    if (name == row.name) return row.read;
  fail("no tensor attribute ", name);
}

std::vector<std::pair<const char*, Attribute>> describeTensor(const at::Tensor& t) {
  std::vector<std::pair<const char*, Attribute>> result;
  for (const auto& row : ATTRIBUTES) {
    auto value = row.read(t);
    if (!std::holds_alternative<std::monostate>(value)) result.emplace_back(row.name, std::move(value));
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
