// kdb+'s message compression. protocol/compress.ts describes the format and is the fallback; this is its twin for
// messages that would keep the event loop busy for too long.
#pragma once

#include <optional>

#include "wire/bytes.h"

namespace torchq {

/// The compressed message of a plain one, header included; nothing where it should go plain: up to 2000 bytes, from
/// 2 GB, or when less than half of the bytes would be saved. Takes half the message's size of memory.
std::optional<Bytes> compressed(KView message);

/// The plain message of a compressed one, header included. `size` is its announced size, which TypeScript has checked
/// against the limits and the count of tokens (announcedSize in protocol/compress.ts). Throws when the tokens end early
/// or point outside of what has been written.
Bytes uncompressed(KView message, size_t size);

}  // namespace torchq
