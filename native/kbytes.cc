#include "kbytes.h"

#include "errors.h"
#include "pages.h"

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
  const uint8_t* position() const { return at_; }
  KView rest() const { return {at_, static_cast<size_t>(end_ - at_)}; }

 private:
  const uint8_t* at_;
  const uint8_t* end_;
};

constexpr size_t MAX_DEPTH = 64;

/// Shape and type of a nested list, checked level by level: each level's first member sets what the others must be.
struct Shape {
  struct Level {
    int64_t count;
    int type;
  };
  std::vector<Level> levels;
  const TypeRow* leaf = nullptr;

  void check(size_t depth, int64_t count, int type) {
    if (depth == levels.size()) {
      if (depth >= MAX_DEPTH) fail("k array: nested more than ", MAX_DEPTH, " deep");
      levels.push_back({count, type});
    } else if (levels[depth].count != count) {
      fail("dimension mismatch at depth ", depth, ", ", levels[depth].count, " vs ", count);
    } else if (levels[depth].type != type) {
      fail("type mismatch at depth ", depth, ", ", typeNames(levels[depth].type), " vs ", typeNames(type));
    }
  }

  /// Walks one object; with a destination also copies its items there (second walk).
  void walk(Reader& in, size_t depth, uint8_t** out) {
    const int type = in.type();
    if (type < 0)
      fail("unable to map mixed array to tensor: ", typeNames(type), " encountered at depth ", depth);
    const int64_t count = type <= 19 ? in.count() : 0;
    if (type == 0) {
      check(depth, count, type);
      if (!count) leaf = &tensorRow(EMPTY_LIST);
      for (int64_t i = 0; i < count; ++i) walk(in, depth + 1, out);
      return;
    }
    // A type that no tensor has is the error only where it comes first; later it is a mismatch.
    if (depth == levels.size()) tensorRow(type);
    check(depth, count, type);
    leaf = rowOf(type);
    const size_t bytes = static_cast<size_t>(count) * leaf->width;
    const auto* items = in.take(bytes);
    if (out) {
      std::memcpy(*out, items, bytes);
      *out += bytes;
    }
  }

 private:
  static constexpr int EMPTY_LIST = 8;  // () is an empty real vector
};

at::Tensor scalarFromK(KView k) {
  Reader in(k);
  const int type = in.type();
  const auto* row = rowOf(-type);
  if (!row) fail("unable to translate k ", typeNames(type), " to scalar tensor");
  auto result = at::empty({}, at::TensorOptions(row->torch));
  std::memcpy(result.data_ptr(), in.take(row->width), row->width);
  return result;
}

/// Writes nested list headers and rows of a contiguous tensor.
class Writer {
 public:
  Writer(const at::Tensor& tensor, int type) : sizes_(tensor.sizes()), type_(static_cast<uint8_t>(type)) {
    width_ = tensorRow(type).width;
    source_ = static_cast<const uint8_t*>(tensor.data_ptr());
  }

  size_t size() const {
    size_t lists = 0, lists_at_level = 1;
    for (size_t d = 0; d + 1 < sizes_.size(); ++d) {
      lists += lists_at_level;
      lists_at_level *= static_cast<size_t>(sizes_[d]);
    }
    return (lists + lists_at_level) * HEADER + lists_at_level * static_cast<size_t>(sizes_.back()) * width_;
  }

  uint8_t* write(uint8_t* out, size_t dim = 0) {
    const bool leaf = dim + 1 == sizes_.size();
    const auto count = static_cast<int32_t>(sizes_[dim]);
    *out++ = leaf ? type_ : 0;
    *out++ = 0;
    std::memcpy(out, &count, 4);
    out += 4;
    if (leaf) {
      const size_t bytes = static_cast<size_t>(count) * width_;
      if (bytes) std::memcpy(out, source_, bytes);
      source_ += bytes;
      return out + bytes;
    }
    for (int32_t i = 0; i < count; ++i) out = write(out, dim + 1);
    return out;
  }

 private:
  static constexpr size_t HEADER = 6;  // type, attribute, count
  at::IntArrayRef sizes_;
  uint8_t type_;
  size_t width_;
  const uint8_t* source_;
};

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

}  // namespace

Bytes::Bytes(size_t n) : data(static_cast<uint8_t*>(std::malloc(n ? n : 1)), &std::free), size(n) {
  if (!data) throw std::bad_alloc();
  wantLargePages(data.get(), size);
}

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
  Shape shape;
  shape.walk(in, 0, nullptr);
  std::vector<int64_t> sizes;
  for (const auto& level : shape.levels) sizes.push_back(level.count);
  auto result = at::empty(sizes, at::TensorOptions(shape.leaf->torch));
  wantLargePages(result.data_ptr(), result.nbytes());
  auto* out = static_cast<uint8_t*>(result.data_ptr());
  Reader again(k);
  shape.walk(again, 0, &out);
  return result;
}

Bytes tensorToK(const at::Tensor& tensor, bool complexFirst) {
  if (!tensor.defined()) {
    Bytes null(2);
    null.data.get()[0] = 101;
    null.data.get()[1] = 0;
    return null;
  }
  const auto t = readable(tensor, complexFirst);
  const int type = kType(t.scalar_type());
  if (t.dim() == 0) {
    const auto width = tensorRow(type).width;
    Bytes atom(1 + width);
    atom.data.get()[0] = static_cast<uint8_t>(-type);
    std::memcpy(atom.data.get() + 1, t.data_ptr(), width);
    return atom;
  }
  for (const auto size : t.sizes())
    if (size > INT32_MAX) fail("a k list holds at most 2147483647 items, the tensor's dimension has ", size);
  Writer writer(t, type);
  Bytes result(writer.size());
  writer.write(result.data.get());
  return result;
}

}  // namespace torchq
