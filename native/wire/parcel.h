// A large tensor on its way to a peer: its k bytes are written a part at a time, while the parts before are sent.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "memory/shared.h"
#include "wire/write.h"

namespace torchq {

/// `open` and `fill` are for one thread, the jobs'; what is said to be fixed once opened may be read by others then.
class Parcel : public std::enable_shared_from_this<Parcel> {
 public:
  Parcel(at::Tensor tensor, bool complexFirst) : tensor_(std::move(tensor)), complexFirst_(complexFirst) {}

  /// Throws where k has no such array.
  void open();
  /// Writes members of the outermost list into the parcel's memory. The last members come last: after them the tensor is
  /// let go.
  void fill(uint8_t* memory, int64_t from, int64_t to);

  // fixed once opened
  int64_t size = 0;        ///< bytes of the k array
  int64_t count = 0;       ///< members of its outermost list
  int64_t memberSize = 0;  ///< bytes of each
  /// Bytes of the k array; null before it is opened, and where its owner has let it go.
  SharedMemory memory;

 private:
  at::Tensor tensor_;
  bool complexFirst_;
  std::optional<KWriter> writer_;
};

}  // namespace torchq
