// k objects, as their wire bytes, to tensors and back. The bytes have passed the protocol's checks (protocol/check.ts) or
// were written by our own encoder, yet every read here is bounded again: memory safety is native code's own affair.
#pragma once

#include "memory.h"
#include "objects.h"

namespace torchq {

/// Bytes of one encoded k object (type byte first, little-endian, no message header), owned by someone else.
struct KView {
  const uint8_t* data = nullptr;
  size_t size = 0;
};

/// Bytes that will become a JavaScript Uint8Array without being copied.
struct Bytes {
  Memory data;
  size_t size = 0;

  Bytes() = default;
  explicit Bytes(size_t n) : data(makeMemory(n)), size(n) {}
};

/// The k api's names of k types ("long scalar", "general list", ...), handed down by TypeScript when the addon is
/// loaded: one table serves the errors of both sides.
void setTypeNames(std::function<std::string(int)> names);

/// A k array (atom, vector, or nested list of equal shapes) as a CPU tensor of the matching data type: real is float,
/// float is double, char is int8, () is an empty float vector (tensors page).
/// Throws the k api's "type mismatch at depth ...", "dimension mismatch at depth ...", "no torch type found ...".
at::Tensor tensorFromK(KView k);

/// A large k vector as a tensor whose storage are the vector's own bytes, which must then belong to nobody else. Undefined
/// where they are not shared memory (memory.h), not aligned, or only a small part of what would be kept alive.
at::Tensor tensorOverK(KView k);

/// Writes a tensor of at least one dimension as a k array, all at once or some members of the outermost list at a time.
class KWriter {
 public:
  /// Throws when k has no such type, or no list as long or as large.
  KWriter(const at::Tensor& tensor, bool complexFirst);

  /// Bytes of the whole array.
  size_t size() const { return size_; }
  /// Members of the outermost list.
  int64_t count() const { return levels_.back().count; }
  /// Bytes of each of them.
  size_t memberSize() const { return levels_.back().list; }
  /// Writes the members from `from` up to `to`, and the list's head before the first, to where they belong in `size` bytes
  /// at `out`.
  void write(uint8_t* out, int64_t from, int64_t to) const;

 private:
  struct Level {
    int32_t count;
    size_t items;  ///< bytes of one member in the tensor
    size_t list;   ///< bytes of one member as k
  };

  uint8_t* head(uint8_t* out, size_t level) const;
  void members(uint8_t* out, const uint8_t* source, size_t level, int64_t from, int64_t to) const;

  at::Tensor tensor_;
  uint8_t type_ = 0;
  size_t size_ = 0;
  std::vector<Level> levels_;  ///< innermost first
};

/// A tensor as a k array: 0 dimensions an atom, 1 a vector, more a nested list. Complex numbers are (real;imaginary), on
/// the first dimension, or on the last where complexFirst is false. An undefined tensor is the generic null.
Bytes tensorToK(const at::Tensor& tensor, std::optional<bool> complexFirst = {});

/// Whether complex values have real and imaginary parts on the first dimension where nothing else is asked for: a setting
/// of the process.
void setComplexFirst(bool flag);
bool complexFirstSetting();

/// The k type number for a data type; throws when there is none.
int kType(at::ScalarType type);

}  // namespace torchq
