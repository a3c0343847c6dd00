// What crosses the door between TypeScript and native code, on the C++ side.
//
//   JavaScript                 C++ in (Any, Input)          C++ out (Reply)
//   undefined, null            std::monostate               std::monostate
//   boolean                    bool                         bool
//   bigint                     int64_t                      int64_t
//   number                     double; a handle where an    double; a handle for a Made object
//                              object is wanted
//   string                     std::string                  std::string
//   Uint8Array (a k object)    KView                        Bytes
//   {handle} among options     Input                        -
//   Float64Array               -                            Doubles
//   Array                      std::vector                  std::vector
//   plain object               Options                      Record
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "objects/object.h"
#include "wire/bytes.h"

namespace torchq {

/// A new object: it gets a handle of the calling user when the reply is handed to JavaScript.
struct Made {
  Object object;
};

/// Numbers that JavaScript has as such.
struct Doubles {
  std::vector<double> values;
};

struct Reply;
/// A JavaScript object, its properties in order.
struct Record {
  std::vector<std::pair<std::string, Reply>> items;
  Record& set(const char* name, Reply value);
};

struct Reply {
  std::variant<std::monostate, bool, int64_t, double, std::string, Bytes, Doubles, Made, std::vector<Reply>,
               Record>
      value;

  Reply() = default;
  Reply(std::monostate) {}
  Reply(bool x) : value(x) {}
  Reply(int64_t x) : value(x) {}
  Reply(double x) : value(x) {}
  Reply(const char* x) : value(std::string(x)) {}
  Reply(std::string x) : value(std::move(x)) {}
  Reply(Bytes x) : value(std::move(x)) {}
  Reply(Doubles x) : value(std::move(x)) {}
  Reply(Made x) : value(std::move(x)) {}
  Reply(Record x) : value(std::move(x)) {}
  Reply(std::vector<Reply> x) : value(std::move(x)) {}
  template <class T>
  Reply(const std::vector<T>& items) : value(std::vector<Reply>(items.begin(), items.end())) {}
  Reply(at::IntArrayRef items) : value(std::vector<Reply>(items.begin(), items.end())) {}
  template <class T>
  Reply(const std::optional<T>& x) {
    if (x) *this = Reply(*x);
  }
  template <class... T>
  Reply(const std::variant<T...>& x) {
    std::visit([this](const auto& held) { *this = Reply(held); }, x);
  }
};

inline Record& Record::set(const char* name, Reply value) {
  items.emplace_back(name, std::move(value));
  return *this;
}

}  // namespace torchq
