// What can be told of a tensor without reading its data.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace torchq {

/// Nothing where the tensor has no such attribute.
using Attribute = std::variant<std::monostate, bool, int64_t, std::string, std::vector<int64_t>>;
using ReadAttribute = Attribute (*)(const at::Tensor&);

/// The attribute's reader; throws for a name that the table lacks. All but "defined" are nothing for undefined tensors.
ReadAttribute tensorAttribute(const std::string& name);
/// All attributes that the tensor has, by name.
std::vector<std::pair<const char*, Attribute>> describeTensor(const at::Tensor& t);

/// Elements of the whole storage, of a sparse tensor's values.
int64_t tensorElements(const at::Tensor& t);
/// Bytes of the storage, or of the tensor alone where others use the storage too.
int64_t tensorBytes(const at::Tensor& t);

}  // namespace torchq
