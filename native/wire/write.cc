#include "wire/write.h"

#include <ATen/ops/view_as_real.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <utility>

#include "errors.h"
#include "torch_version.h"
#include "wire/ktypes.h"

namespace torchq {

namespace {

/// No message is larger.
constexpr size_t LARGEST = size_t{1} << 40;
std::atomic<size_t> largest{LARGEST};

/// The data type of the k items that a tensor's are written as.
at::ScalarType writtenType(at::ScalarType type) {
  constexpr std::pair<at::ScalarType, at::ScalarType> WIDER[] = {
      {at::kHalf, at::kFloat},          {at::kBFloat16, at::kFloat},       {at::kComplexHalf, at::kFloat},
      {at::kComplexFloat, at::kFloat},  {at::kComplexDouble, at::kDouble}, {newer::FLOAT8_E4M3FN, at::kFloat},
      {newer::FLOAT8_E5M2, at::kFloat}, {newer::UINT16, at::kInt},         {newer::UINT32, at::kLong},
      {newer::UINT64, at::kLong},
  };
  for (const auto& [from, to] : WIDER)
    if (from == type) return to;
  return type;
}

/// A tensor whose memory can be read as k items: on the CPU, dense, contiguous, of a type that k has.
at::Tensor readable(at::Tensor t, bool complexFirst) {
  t = t.detach();
  if (t.layout() != at::kStrided) t = t.to_dense();
  t = t.to(at::kCPU);
  if (t.is_complex()) {
    if (t.scalar_type() == at::kComplexHalf) t = t.to(at::kComplexFloat);
    t = at::view_as_real(t.resolve_conj());
    if (complexFirst) t = t.movedim(-1, 0);
  }
  t = t.resolve_neg();
  return t.to(writtenType(t.scalar_type())).contiguous();
}

Bytes atomToK(const at::Tensor& t) {
  const int type = ktypeOf(t.scalar_type());
  const auto width = tensorKType(type).width;
  Bytes atom(1 + width);
  atom.data.get()[0] = static_cast<uint8_t>(-type);
  std::memcpy(atom.data.get() + 1, t.data_ptr(), width);
  return atom;
}

/// The sizes that `readable` gives.
std::vector<int64_t> writtenSizes(const at::Tensor& t, bool complexFirst) {
  auto sizes = t.sizes().vec();
  if (t.is_complex()) sizes.insert(complexFirst ? sizes.begin() : sizes.end(), 2);
  return sizes;
}

}  // namespace

size_t largestArray() { return largest; }
void limitArrays(size_t bytes) { largest = bytes; }

KWriter::KWriter(const at::Tensor& tensor, bool complexFirst) {
  type_ = static_cast<uint8_t>(ktypeOf(writtenType(tensor.scalar_type())));
  const auto most = largestArray();
  const auto sizes = writtenSizes(tensor, complexFirst);
  size_t items = tensorKType(type_).width;
  size_t list = items;
  for (auto size = sizes.rbegin(); size != sizes.rend(); ++size) {
    if (*size > INT32_MAX)
      fail("a k list holds at most 2147483647 items, the tensor's dimension has ", *size);
    levels_.push_back({static_cast<int32_t>(*size), items, list});
    items *= static_cast<size_t>(*size);
    // A tensor without elements may be any number of empty lists, which have their heads.
    if (__builtin_mul_overflow(list, static_cast<size_t>(*size), &list)) list = LARGEST;
    list = std::min(list, LARGEST) + HEAD;
  }
  if (list > LARGEST) fail("a tensor of sizes ", tensor.sizes(), " is too large for a k list");
  if (list > most)
    fail("a tensor of sizes ", tensor.sizes(), " is too large to be sent: at most ", most, " bytes");
  size_ = list;
  tensor_ = readable(tensor, complexFirst);
}

uint8_t* KWriter::head(uint8_t* out, size_t level) const {
  *out++ = level == 0 ? type_ : 0;
  *out++ = 0;
  std::memcpy(out, &levels_[level].count, 4);
  return out + 4;
}

void KWriter::members(uint8_t* out, const uint8_t* source, size_t level, int64_t from, int64_t to) const {
  const auto& [count, items, list] = levels_[level];
  out += static_cast<size_t>(from) * list;
  source += static_cast<size_t>(from) * items;
  if (level == 0) {
    if (from < to) std::memcpy(out, source, static_cast<size_t>(to - from) * items);
    return;
  }
  if (level > 1) {
    for (; from < to; ++from, out += list, source += items)
      members(head(out, level - 1), source, level - 1, 0, levels_[level - 1].count);
    return;
  }
  // Rows, of which there may be millions: all have the same head.
  uint8_t rowHead[HEAD];
  head(rowHead, 0);
  for (; from < to; ++from, out += list, source += items) {
    std::memcpy(out, rowHead, HEAD);
    if (items) std::memcpy(out + HEAD, source, items);
  }
}

void KWriter::write(uint8_t* out, int64_t from, int64_t to) const {
  const auto top = levels_.size() - 1;
  if (from == 0) head(out, top);
  members(out + HEAD, static_cast<const uint8_t*>(tensor_.data_ptr()), top, from, to);
}

namespace {
std::atomic<bool> complexFirstSetting{true};
}  // namespace

void setComplexFirst(bool flag) { complexFirstSetting = flag; }

Bytes tensorToK(const at::Tensor& tensor, std::optional<bool> asked) {
  const bool complexFirst = asked.value_or(complexFirstSetting.load());
  if (!tensor.defined()) {
    Bytes null(2);
    null.data.get()[0] = 101;
    null.data.get()[1] = 0;
    return null;
  }
  if (tensor.dim() == 0 && !tensor.is_complex()) return atomToK(readable(tensor, complexFirst));
  const KWriter writer(tensor, complexFirst);
  Bytes result(writer.size());
  writer.write(result.data.get(), 0, writer.count());
  return result;
}

}  // namespace torchq
