#include "values/names.h"

#include "errors.h"
#include "torch_version.h"

namespace torchq {

namespace {

template <class T>
struct Name {
  const char* name;
  T value;
};

constexpr Name<c10::ScalarType> DTYPES[] = {
    {"float", c10::kFloat},         {"double", c10::kDouble},
    {"half", c10::kHalf},           {"bool", c10::kBool},
    {"byte", c10::kByte},           {"char", c10::kChar},
    {"long", c10::kLong},           {"int", c10::kInt},
    {"short", c10::kShort},         {"chalf", c10::kComplexHalf},
    {"cfloat", c10::kComplexFloat}, {"cdouble", c10::kComplexDouble},
    {"bfloat16", c10::kBFloat16},   {"float8_e4m3fn", newer::FLOAT8_E4M3FN},
    {"uint16", newer::UINT16},      {"float8_e5m2", newer::FLOAT8_E5M2},
    {"uint32", newer::UINT32},      {"uint64", newer::UINT64},
};
constexpr Name<c10::Layout> LAYOUTS[] = {{"strided", c10::kStrided}, {"sparse", c10::kSparse}};
constexpr Name<c10::MemoryFormat> FORMATS[] = {{"contiguous", c10::MemoryFormat::Contiguous},
                                               {"preserve", c10::MemoryFormat::Preserve},
                                               {"channel2d", c10::MemoryFormat::ChannelsLast},
                                               {"channel3d", c10::MemoryFormat::ChannelsLast3d}};

template <class T, size_t N>
T valueOf(const Name<T> (&rows)[N], const std::string& name, const char* what) {
  for (const auto& row : rows)
    if (name == row.name) return row.value;
  fail("unrecognized ", what, ": ", name);
}

template <class T, size_t N>
std::string nameIn(const Name<T> (&rows)[N], T value) {
  for (const auto& row : rows)
    if (value == row.value) return row.name;
  return text(value);
}

}  // namespace

c10::ScalarType dtypeOf(const std::string& name) {
  const auto type = valueOf(DTYPES, name, "data type");
  if (type == c10::ScalarType::Undefined) fail("data type ", name, " is not in libtorch ", TORCH_VERSION);
  return type;
}
std::string nameOf(c10::ScalarType type) {
  return type == c10::ScalarType::Undefined ? text(type) : nameIn(DTYPES, type);
}
c10::Layout layoutOf(const std::string& name) { return valueOf(LAYOUTS, name, "layout"); }
std::string nameOf(c10::Layout layout) { return nameIn(LAYOUTS, layout); }
c10::MemoryFormat memoryFormatOf(const std::string& name) { return valueOf(FORMATS, name, "memory format"); }
std::string nameOf(c10::MemoryFormat format) { return nameIn(FORMATS, format); }
c10::Device deviceOf(const std::string& name) { return c10::Device(name); }
std::string nameOf(const c10::Device& device) { return device.str(); }

}  // namespace torchq
