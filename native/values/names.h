// The k api's names of data types, devices, layouts and memory formats, and libtorch's own values for them: one table
// each, read in both directions.
#pragma once

#include <c10/core/Device.h>
#include <c10/core/Layout.h>
#include <c10/core/MemoryFormat.h>
#include <c10/core/ScalarType.h>

#include <string>

namespace torchq {

/// The k api's names ("float", "long", "cfloat", ...). Both throw on what the table lacks.
c10::ScalarType dtypeOf(const std::string& name);
std::string nameOf(c10::ScalarType type);

c10::Layout layoutOf(const std::string& name);
std::string nameOf(c10::Layout layout);

c10::MemoryFormat memoryFormatOf(const std::string& name);
std::string nameOf(c10::MemoryFormat format);

/// "cpu", "cuda", "cuda:1", ...
c10::Device deviceOf(const std::string& name);
std::string nameOf(const c10::Device& device);

}  // namespace torchq
