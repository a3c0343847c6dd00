#include "kbytes.h"

#include "errors.h"

namespace torchq {

namespace {

struct TypeRow {
  int k;
  at::ScalarType torch;
  size_t width;
};

// Reading takes the first row with the k type, writing the first with the torch type.
constexpr TypeRow TYPES[] = {
    {1, at::kBool, 1}, {4, at::kByte, 1},  {5, at::kShort, 2},  {6, at::kInt, 4},
    {7, at::kLong, 8}, {8, at::kFloat, 4}, {9, at::kDouble, 8}, {10, at::kChar, 1},
};

std::function<std::string(int)> typeNames = [](int type) { return text("k type ", type); };

const TypeRow* rowOf(int k) {
  for (const auto& row : TYPES)
    if (row.k == k) return &row;
  return nullptr;
}

const TypeRow& tensorRow(int k) {
  const auto* row = rowOf(k);
  if (!row) fail("no torch type found for k: ", typeNames(k));
  return *row;
}

/// Reads k objects from bounded bytes.
class Reader {
 public:
  explicit Reader(KView k) : at_(k.data), end_(k.data + k.size) {}

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
constexpr size_t HEAD = 6;  // type, attribute, count

/// Shape and type of a nested list: each level's first member sets what the others must be.
class Shape {
 public:
  /// Reads the shape off the first members of each level. What the others are is seen when they are copied.
  explicit Shape(Reader in) {
    for (;;) {
      const int type = in.type();
      const int64_t count = countOf(in, type, levels_.size());
      if (type != 0) {
        leaf_ = &tensorRow(type);
        levels_.push_back({count, type});
        return;
      }
      if (levels_.size() >= MAX_DEPTH) fail("k array: nested more than ", MAX_DEPTH, " deep");
      levels_.push_back({count, type});
      if (count == 0) {
        leaf_ = &tensorRow(EMPTY_LIST);
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
  void copy(Reader& in, uint8_t* out) const { copy(in, 0, out ? &out : nullptr); }

 private:
  struct Level {
    int64_t count;
    int type;
  };

  static int64_t countOf(Reader& in, int type, size_t depth) {
    if (type < 0)
      fail("unable to map mixed array to tensor: ", typeNames(type), " encountered at depth ", depth);
    return type <= 19 ? in.count() : 0;
  }

  void check(size_t depth, int64_t count, int type) const {
    const auto& level = levels_.at(depth);
    if (level.count != count) fail("dimension mismatch at depth ", depth, ", ", level.count, " vs ", count);
    if (level.type != type)
      fail("type mismatch at depth ", depth, ", ", typeNames(level.type), " vs ", typeNames(type));
  }

  void copy(Reader& in, size_t depth, uint8_t** out) const {
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
  int64_t rows(Reader& in, size_t depth, int64_t most, uint8_t** out) const {
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
  const TypeRow* leaf_ = nullptr;
};

at::Tensor scalarFromK(KView k) {
  Reader in(k);
  const int type = in.type();
  const auto* row = rowOf(-type);
  if (!row) fail("unable to translate k ", typeNames(type), " to scalar tensor");
  auto result = at::empty({}, at::TensorOptions(row->torch));
  copyItems(static_cast<uint8_t*>(result.data_ptr()), in.take(row->width), row->width, row->torch);
  return result;
}

/// No array is larger.
constexpr size_t MAX_SIZE = size_t{1} << 40;

/// Smaller vectors are soon copied.
constexpr size_t WORTH_KEEPING = size_t{1} << 20;

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
  if (t.scalar_type() == at::kHalf || t.scalar_type() == at::kBFloat16) t = t.to(at::kFloat);
  return t.contiguous();
}

Bytes atomToK(const at::Tensor& t) {
  const int type = kType(t.scalar_type());
  const auto width = tensorRow(type).width;
  Bytes atom(1 + width);
  atom.data.get()[0] = static_cast<uint8_t>(-type);
  std::memcpy(atom.data.get() + 1, t.data_ptr(), width);
  return atom;
}

}  // namespace

void setTypeNames(std::function<std::string(int)> names) { typeNames = std::move(names); }

int kType(at::ScalarType type) {
  for (const auto& row : TYPES)
    if (row.torch == type) return row.k;
  fail("no k type found for tensor type ", at::toString(type));
}

at::Tensor tensorFromK(KView k) {
  Reader in(k);
  const int type = in.peek();
  if (type < 0) return scalarFromK(k);
  if (type > 10) fail("no torch type found for k: ", typeNames(type));
  const Shape shape(in);
  if (!shape.fits(k.size)) {
    shape.copy(in, nullptr);
    fail("k object: shorter than its first members say");
  }
  auto result = makeTensor(shape.sizes(), shape.type());
  shape.copy(in, static_cast<uint8_t*>(result.data_ptr()));
  return result;
}

at::Tensor tensorOverK(KView k) {
  Reader in(k);
  const auto* row = rowOf(in.peek());
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

KWriter::KWriter(const at::Tensor& tensor, bool complexFirst) : tensor_(readable(tensor, complexFirst)) {
  type_ = static_cast<uint8_t>(kType(tensor_.scalar_type()));
  size_t items = tensorRow(type_).width;
  size_t list = items;
  for (int64_t d = tensor_.dim() - 1; d >= 0; --d) {
    const auto count = tensor_.size(d);
    if (count > INT32_MAX)
      fail("a k list holds at most 2147483647 items, the tensor's dimension has ", count);
    levels_.push_back({static_cast<int32_t>(count), items, list});
    items *= static_cast<size_t>(count);
    // A tensor without elements may be any number of empty lists, which have their heads.
    if (__builtin_mul_overflow(list, static_cast<size_t>(count), &list)) list = MAX_SIZE;
    list = std::min(list, MAX_SIZE) + HEAD;
  }
  if (list > MAX_SIZE) fail("a tensor of sizes ", tensor_.sizes(), " is too large for a k list");
  size_ = list;
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
std::atomic<bool> complexFirstFlag{true};
}

void setComplexFirst(bool flag) { complexFirstFlag = flag; }
bool complexFirstSetting() { return complexFirstFlag; }

Bytes tensorToK(const at::Tensor& tensor, std::optional<bool> asked) {
  const bool complexFirst = asked.value_or(complexFirstSetting());
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
