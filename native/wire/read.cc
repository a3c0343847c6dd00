#include "wire/read.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "errors.h"
#include "memory/tensors.h"
#include "wire/ktypes.h"

namespace torchq {

namespace {

/// Reads k objects from bounded bytes.
class KReader {
 public:
  explicit KReader(KView k) : at_(k.data), end_(k.data + k.size) {}

  const uint8_t* take(size_t n) {
    if (n > static_cast<size_t>(end_ - at_)) fail("k object: ", n, " bytes expected, ", end_ - at_, " left");
    return std::exchange(at_, at_ + n);
  }
  int8_t type() { return static_cast<int8_t>(*take(1)); }
  int8_t peek() const { return at_ < end_ ? static_cast<int8_t>(*at_) : int8_t{101}; }
  /// Attribute byte and count of a list or vector.
  int64_t count() {
    const bool wide = *take(1) & 0x80;
    int64_t n = 0;
    if (wide) {
      std::memcpy(&n, take(8), 8);
    } else {
      int32_t narrow;
      std::memcpy(&narrow, take(4), 4);
      n = narrow;
    }
    if (n < 0 || n > end_ - at_) fail("k object: count ", n, " exceeds its bytes");
    return n;
  }
  KView rest() const { return {at_, static_cast<size_t>(end_ - at_)}; }

 private:
  const uint8_t* at_;
  const uint8_t* end_;
};

/// To libtorch a boolean is 0 or 1; a peer may send any byte.
void copyItems(uint8_t* out, const uint8_t* from, size_t bytes, at::ScalarType type) {
  if (type != at::kBool)
    std::memcpy(out, from, bytes);
  else
    std::transform(from, from + bytes, out, [](uint8_t x) { return static_cast<uint8_t>(x != 0); });
}

constexpr size_t MAX_DEPTH = 64;

/// Shape and type of a nested list: each level's first member sets what the others must be.
class Shape {
 public:
  /// Reads the shape off the first members of each level. What the others are is seen when they are copied.
  explicit Shape(KReader in) {
    for (;;) {
      const int type = in.type();
      const int64_t count = countOf(in, type, levels_.size());
      if (type != 0) {
        leaf_ = &tensorKType(type);
        levels_.push_back({count, type});
        return;
      }
      if (levels_.size() >= MAX_DEPTH) fail("k array: nested more than ", MAX_DEPTH, " deep");
      levels_.push_back({count, type});
      if (count == 0) {
        leaf_ = &tensorKType(EMPTY_LIST);
        return;
      }
    }
  }

  at::ScalarType type() const { return leaf_->torch; }

  std::vector<int64_t> sizes() const {
    std::vector<int64_t> result;
    for (const auto& level : levels_) result.push_back(level.count);
    return result;
  }

  /// Whether the items can lie in so many bytes. Otherwise a list is not as its first member says.
  bool fits(size_t bytes) const {
    size_t size = leaf_->width;
    for (const auto& level : levels_)
      if (__builtin_mul_overflow(size, static_cast<size_t>(level.count), &size)) return false;
    return size <= bytes;
  }

  /// Checks that all is of this shape and copies the items; without a destination only checks.
  void copy(KReader& in, uint8_t* out) const { copy(in, 0, out ? &out : nullptr); }

 private:
  struct Level {
    int64_t count;
    int type;
  };

  static int64_t countOf(KReader& in, int type, size_t depth) {
    if (type < 0)
      fail("unable to map mixed array to tensor: ", ktypeName(type), " encountered at depth ", depth);
    return type <= 19 ? in.count() : 0;
  }

  void check(size_t depth, int64_t count, int type) const {
    const auto& level = levels_.at(depth);
    if (level.count != count) fail("dimension mismatch at depth ", depth, ", ", level.count, " vs ", count);
    if (level.type != type)
      fail("type mismatch at depth ", depth, ", ", ktypeName(level.type), " vs ", ktypeName(type));
  }

  void copy(KReader& in, size_t depth, uint8_t** out) const {
    const int type = in.type();
    const int64_t count = countOf(in, type, depth);
    check(depth, count, type);
    if (type != 0) {
      items(in.take(static_cast<size_t>(count) * leaf_->width), count, out);
      return;
    }
    for (int64_t i = 0; i < count; ++i) {
      copy(in, depth + 1, out);
      i += rows(in, depth + 1, count - i - 1, out);
    }
  }

  /// Takes vectors, at most `most`, as long as their heads are those that the shape wants; how many.
  int64_t rows(KReader& in, size_t depth, int64_t most, uint8_t** out) const {
    if (depth + 1 != levels_.size() || levels_[depth].type == 0) return 0;
    const auto& level = levels_[depth];
    const size_t stride = HEAD + static_cast<size_t>(level.count) * leaf_->width;
    const auto left = in.rest();
    most = std::min(most, static_cast<int64_t>(left.size / stride));
    int64_t n = 0;
    for (const auto* row = left.data; n < most; ++n, row += stride) {
      int32_t count;
      std::memcpy(&count, row + 2, 4);
      if (row[0] != level.type || (row[1] & 0x80) || count != level.count) break;
      items(row + HEAD, level.count, out);
    }
    in.take(static_cast<size_t>(n) * stride);
    return n;
  }

  void items(const uint8_t* from, int64_t count, uint8_t** out) const {
    if (!out) return;
    const size_t bytes = static_cast<size_t>(count) * leaf_->width;
    copyItems(*out, from, bytes, leaf_->torch);
    *out += bytes;
  }

  static constexpr int EMPTY_LIST = 8;  // () is an empty real vector
  std::vector<Level> levels_;
  const KType* leaf_ = nullptr;
};

at::Tensor scalarFromK(KView k) {
  KReader in(k);
  const int type = in.type();
  const auto* row = findKType(-type);
  if (!row) fail("unable to translate k ", ktypeName(type), " to scalar tensor");
  auto result = at::empty({}, at::TensorOptions(row->torch));
  copyItems(static_cast<uint8_t*>(result.data_ptr()), in.take(row->width), row->width, row->torch);
  return result;
}

Shape shapeOf(const KReader& in) {
  const int type = in.peek();
  if (type > 10) fail("no torch type found for k: ", ktypeName(type));
  return Shape(in);
}

/// Smaller vectors are soon copied.
constexpr size_t WORTH_KEEPING = size_t{1} << 20;

}  // namespace

std::vector<int64_t> sizesOfK(KView k) {
  const KReader in(k);
  return in.peek() < 0 ? std::vector<int64_t>() : shapeOf(in).sizes();
}

at::Tensor tensorFromK(KView k) {
  KReader in(k);
  if (in.peek() < 0) return scalarFromK(k);
  const auto shape = shapeOf(in);
  if (!shape.fits(k.size)) {
    shape.copy(in, nullptr);
    fail("k object: shorter than its first members say");
  }
  auto result = at::empty(shape.sizes(), at::TensorOptions(shape.type()));
  shape.copy(in, static_cast<uint8_t*>(result.data_ptr()));
  return result;
}

at::Tensor tensorOverK(KView k) {
  KReader in(k);
  const auto* row = findKType(in.peek());
  if (!row || row->torch == at::kBool) return {};  // booleans are looked at
  in.type();
  const auto count = in.count();
  const size_t bytes = static_cast<size_t>(count) * row->width;
  const auto* items = in.take(bytes);
  const bool aligned = reinterpret_cast<uintptr_t>(items) % row->width == 0;
  if (bytes < WORTH_KEEPING || !aligned) return {};
  auto holder = claimMemory(items, bytes);
  if (!holder) return {};
  return tensorOver(const_cast<uint8_t*>(items), count, row->torch, std::move(holder));
}

}  // namespace torchq
