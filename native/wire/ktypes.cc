#include "wire/ktypes.h"

#include "errors.h"

namespace torchq {

namespace {

// Reading takes the first row with the k type, writing the first with the torch type.
constexpr KType TYPES[] = {
    {1, at::kBool, 1}, {4, at::kByte, 1},  {5, at::kShort, 2},  {6, at::kInt, 4},
    {7, at::kLong, 8}, {8, at::kFloat, 4}, {9, at::kDouble, 8}, {10, at::kChar, 1},
};

std::function<std::string(int)> typeNames = [](int type) { return text("k type ", type); };

}  // namespace

const KType* findKType(int k) {
  for (const auto& row : TYPES)
    if (row.k == k) return &row;
  return nullptr;
}

const KType& tensorKType(int k) {
  const auto* row = findKType(k);
  if (!row) fail("no torch type found for k: ", ktypeName(k));
  return *row;
}

int ktypeOf(at::ScalarType type) {
  for (const auto& row : TYPES)
    if (row.torch == type) return row.k;
  fail("no k type found for tensor type ", at::toString(type));
}

void setKTypeNames(std::function<std::string(int)> names) { typeNames = std::move(names); }

std::string ktypeName(int k) { return typeNames(k); }

}  // namespace torchq
