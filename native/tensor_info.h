// What can be told of a tensor without reading its data.
#pragma once

#include "value.h"

namespace torchq {

using TensorAttribute = Reply (*)(const at::Tensor&);

/// The attribute's reader; throws for a name that the table lacks. All but "defined" are null for undefined tensors.
TensorAttribute tensorAttribute(const std::string& name);
/// All attributes that the tensor has.
Record describeTensor(const at::Tensor& t);

/// Elements of the whole storage, of a sparse tensor's values.
int64_t tensorElements(const at::Tensor& t);
/// Bytes of the storage, or of the tensor alone where others use the storage too.
int64_t tensorBytes(const at::Tensor& t);

}  // namespace torchq
