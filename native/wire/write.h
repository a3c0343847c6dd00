// Tensors to k objects, as their wire bytes.
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>

#include "wire/bytes.h"

namespace torchq {

/// No k array is made that takes more bytes than can be sent.
size_t largestArray();
void limitArrays(size_t bytes);

/// Writes a tensor of at least one dimension as a k array, all at once or some members of the outermost list at a time.
class KWriter {
 public:
  /// Throws when k has no such type, or no list as long, or none as large can be sent: that is seen before there is work.
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

}  // namespace torchq
