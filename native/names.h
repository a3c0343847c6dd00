// The k api's names of data types, devices, layouts and memory formats, and libtorch's own values for them: one table
// each, read in both directions.
#pragma once

#include "errors.h"

namespace torchq {

/// The k api's names ("float", "long", "cfloat", ...). Both throw on what the table lacks.
at::ScalarType dtypeOf(const std::string& name);
std::string nameOf(at::ScalarType type);

at::Layout layoutOf(const std::string& name);
std::string nameOf(at::Layout layout);

at::MemoryFormat memoryFormatOf(const std::string& name);
std::string nameOf(at::MemoryFormat format);

/// "cpu", "cuda", "cuda:1", ...
at::Device deviceOf(const std::string& name);
std::string nameOf(const at::Device& device);

}  // namespace torchq
