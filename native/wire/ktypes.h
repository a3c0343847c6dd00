// k types and the data types that go with them.
#pragma once

#include <c10/core/ScalarType.h>

#include <functional>
#include <string>

namespace torchq {

struct KType {
  int k;
  at::ScalarType torch;
  size_t width;  ///< bytes of an item, the same on both sides
};

/// Bytes of a list's or vector's type, attribute and count.
constexpr size_t HEAD = 6;

/// The row of a k vector's type number; null when no data type goes with it.
const KType* findKType(int k);
/// The same; throws the k api's "no torch type found ...".
const KType& tensorKType(int k);
/// The k type number for a data type; throws when there is none.
int ktypeOf(at::ScalarType type);

/// The k api's names of k types ("long scalar", "general list", ...), handed down by TypeScript when the addon is
/// loaded: one table serves the errors of both sides.
void setKTypeNames(std::function<std::string(int)> names);
std::string ktypeName(int k);

}  // namespace torchq
