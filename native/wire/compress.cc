#include "wire/compress.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "errors.h"

namespace torchq {

namespace {

constexpr size_t HEADER = 8;
constexpr size_t WORTHWHILE = 2000;  // smaller messages go as they are
constexpr size_t PAIR = 2 + 255;     // the most bytes that one pair stands for
constexpr size_t GROUP = 17;         // the most bytes of a control byte and its 8 items
/// With this much room nothing in a group needs to look for the end, not even a copy that writes 7 bytes too many.
constexpr size_t FAR = 8 * PAIR + 8;

bool isLittleEndian(const uint8_t* message) { return message[0] == 1; }

/// Writes the low 4 bytes of a length in the message's byte order.
void putLength(uint8_t* at, size_t length, bool little) {
  for (size_t i = 0; i < 4; ++i) at[little ? i : 3 - i] = static_cast<uint8_t>(length >> (8 * i));
}

/// Writes a header like that of `from`, but for compression and length.
void putHeader(uint8_t* to, const uint8_t* from, uint8_t compression, size_t length) {
  to[0] = from[0];
  to[1] = from[1];
  to[2] = compression;
  to[3] = static_cast<uint8_t>(length >> 32);
  putLength(to + 4, length, isLittleEndian(from));
}

/// How many bytes, at most `most`, are equal at both places; eight at a time.
inline size_t equalBytes(const uint8_t* a, const uint8_t* b, size_t most) {
  size_t n = 0;
  for (; n + 8 <= most; n += 8) {
    uint64_t x, y;
    std::memcpy(&x, a + n, 8);
    std::memcpy(&y, b + n, 8);
    if (x != y) return n + static_cast<size_t>(__builtin_ctzll(x ^ y)) / 8;
  }
  while (n < most && a[n] == b[n]) ++n;
  return n;
}

/// What lasts from one group of 8 items to the next. (The groups work on local copies: a byte that is written could
/// otherwise be any member, and each would be read again.)
struct Compressor {
  const uint8_t* in;
  size_t total;
  uint8_t* out;
  size_t s = HEADER;
  size_t o = HEADER + 4;
  /// A literal's position enters its slot one item late; slot NOWHERE takes what is not to be kept.
  static constexpr uint32_t NOWHERE = 256;
  uint32_t pendingHash = NOWHERE;
  uint32_t pending = 0;
  std::array<uint32_t, 257> slots{};

  template <bool NearEnd>
  void group() {
    const auto* const from = in;
    auto* const to = out;
    const size_t end = total;
    size_t at = s, write = o;
    uint32_t lateHash = pendingHash, late = pending, flags = 0;
    const size_t control = write++;
    for (uint32_t bit = 1; bit < 256; bit <<= 1) {
      if (NearEnd && at >= end) break;
      const bool hashed = !NearEnd || at + 3 <= end;
      const uint32_t hash = hashed ? from[at] ^ from[at + 1] : NOWHERE;
      const uint32_t found = hashed ? slots[hash] : 0;
      slots[lateHash] = late;
      // One equal byte is enough: the equal hash makes the second one equal.
      if (found != 0 && from[found] == from[at]) {
        slots[hash] = static_cast<uint32_t>(at);
        lateHash = NOWHERE;
        flags |= bit;
        at += 2;
        const size_t n =
            equalBytes(from + found + 2, from + at, NearEnd ? std::min<size_t>(255, end - at) : 255);
        at += n;
        to[write++] = static_cast<uint8_t>(hash);
        to[write++] = static_cast<uint8_t>(n);
      } else {
        late = static_cast<uint32_t>(at);
        lateHash = hash;
        to[write++] = from[at++];
      }
    }
    to[control] = static_cast<uint8_t>(flags);
    s = at;
    o = write;
    pendingHash = lateHash;
    pending = late;
  }
};

struct Inflater {
  const uint8_t* tokens;
  const uint8_t* end;
  uint8_t* out;
  size_t size;
  size_t s = HEADER;
  /// Positions before it have entered their slots.
  size_t next = HEADER;
  std::array<size_t, 256> slots{};

  template <bool NearEnd>
  void group() {
    const auto* t = tokens;
    const auto* const stop = end;
    auto* const to = out;
    size_t at = s, entered = next;
    if (NearEnd && t == stop) torn();
    const uint32_t flags = *t++;
    for (uint32_t bit = 1; bit < 256; bit <<= 1) {
      if (NearEnd && at >= size) break;
      if ((flags & bit) == 0) {
        if (NearEnd && t == stop) torn();
        to[at++] = *t++;
        for (; entered + 1 < at; ++entered) slots[to[entered] ^ to[entered + 1]] = entered;
        continue;
      }
      if (NearEnd && stop - t < 2) torn();
      const size_t source = slots[t[0]];
      const size_t n = t[1];
      t += 2;
      if (source < HEADER || (NearEnd && at + 2 + n > size))
        fail("a compressed message points outside of itself");
      to[at] = to[source];
      to[at + 1] = to[source + 1];
      // Of a pair's positions only the first enters a slot.
      for (; entered <= at; ++entered) slots[to[entered] ^ to[entered + 1]] = entered;
      at += 2;
      copy<NearEnd>(to + at, to + source + 2, n);
      at += n;
      entered = at;
    }
    tokens = t;
    s = at;
    next = entered;
  }

  /// In effect byte by byte, as source and target may overlap; by eight where they lie as far apart.
  template <bool NearEnd>
  static void copy(uint8_t* to, const uint8_t* from, size_t n) {
    size_t i = 0;
    if (to - from >= 8) {
      const size_t stop = NearEnd ? n & ~size_t{7} : n;
      for (; i < stop; i += 8) std::memcpy(to + i, from + i, 8);
    }
    for (; i < n; ++i) to[i] = from[i];
  }

  [[noreturn]] static void torn() { fail("a compressed message ends early"); }
};

}  // namespace

std::optional<Bytes> compressed(KView message) {
  const size_t total = message.size;
  if (total <= WORTHWHILE || total > INT32_MAX) return {};
  const size_t limit = total / 2;
  Bytes result(limit);
  Compressor c{message.data, total, result.data.get()};
  while (c.s < total) {
    if (c.o + GROUP > limit) return {};
    if (total - c.s >= FAR)
      c.group<false>();
    else
      c.group<true>();
  }
  putHeader(c.out, message.data, 1, c.o);
  putLength(c.out + HEADER, total, isLittleEndian(message.data));
  result.size = c.o;
  return result;
}

Bytes uncompressed(KView message, size_t size) {
  const size_t first = HEADER + (message.size > 2 && message.data[2] == 2 ? 8 : 4);
  if (message.size <= first || size <= HEADER) fail("a compressed message without content");
  Bytes result(size);
  Inflater inflater{message.data + first, message.data + message.size, result.data.get(), size};
  putHeader(inflater.out, message.data, 0, size);
  while (inflater.s < size) {
    if (static_cast<size_t>(inflater.end - inflater.tokens) >= GROUP && size - inflater.s >= FAR)
      inflater.group<false>();
    else
      inflater.group<true>();
  }
  return result;
}

}  // namespace torchq
