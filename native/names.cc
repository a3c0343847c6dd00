#include "names.h"

namespace torchq {

namespace {

template <class T>
struct Name {
  const char* name;
  T value;
};

constexpr Name<at::ScalarType> DTYPES[] = {
    {"float", at::kFloat},         {"double", at::kDouble},
    {"half", at::kHalf},           {"bool", at::kBool},
    {"byte", at::kByte},           {"char", at::kChar},
    {"long", at::kLong},           {"int", at::kInt},
    {"short", at::kShort},         {"chalf", at::kComplexHalf},
    {"cfloat", at::kComplexFloat}, {"cdouble", at::kComplexDouble},
};
constexpr Name<at::Layout> LAYOUTS[] = {{"strided", at::kStrided}, {"sparse", at::kSparse}};
constexpr Name<at::MemoryFormat> FORMATS[] = {{"contiguous", at::MemoryFormat::Contiguous},
                                              {"preserve", at::MemoryFormat::Preserve},
                                              {"channel2d", at::MemoryFormat::ChannelsLast},
                                              {"channel3d", at::MemoryFormat::ChannelsLast3d}};

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

at::ScalarType dtypeOf(const std::string& name) { return valueOf(DTYPES, name, "data type"); }
std::string nameOf(at::ScalarType type) { return nameIn(DTYPES, type); }
at::Layout layoutOf(const std::string& name) { return valueOf(LAYOUTS, name, "layout"); }
std::string nameOf(at::Layout layout) { return nameIn(LAYOUTS, layout); }
at::MemoryFormat memoryFormatOf(const std::string& name) { return valueOf(FORMATS, name, "memory format"); }
std::string nameOf(at::MemoryFormat format) { return nameIn(FORMATS, format); }
at::Device deviceOf(const std::string& name) { return at::Device(name); }
std::string nameOf(const at::Device& device) { return device.str(); }

}  // namespace torchq
