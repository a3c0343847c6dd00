#include "wire/parcel.h"

#include <utility>

namespace torchq {

void Parcel::open() {
  const auto& writer = writer_.emplace(std::exchange(tensor_, at::Tensor()), complexFirst_);
  memory = shareMemory(writer.size());
  size = static_cast<int64_t>(writer.size());
  count = writer.count();
  memberSize = static_cast<int64_t>(writer.memberSize());
}

void Parcel::fill(uint8_t* memory, int64_t from, int64_t to) {
  writer_->write(memory, from, to);
  if (to == count) writer_.reset();
}

}  // namespace torchq
