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
//   Array                      std::vector                  std::vector
//   plain object               Options                      Record
#pragma once

#include "kbytes.h"
#include "registry.h"

namespace torchq {

/// A tensor argument: a handle, already resolved, or a k array that becomes a tensor when the job runs.
struct Input {
  std::variant<std::monostate, at::Tensor, KView> source;

  at::Tensor tensor() const {
    if (const auto* t = std::get_if<at::Tensor>(&source)) return *t;
    if (const auto* k = std::get_if<KView>(&source)) return tensorFromK(*k);
    return {};
  }
  bool isHandle() const { return std::holds_alternative<at::Tensor>(source); }
  bool isK() const { return std::holds_alternative<KView>(source); }
};

/// An argument whose type the schema of an operator, or an options row, decides.
struct Any {
  std::variant<std::monostate, bool, int64_t, double, std::string, Input, std::vector<Any>> value;

  bool isNone() const { return std::holds_alternative<std::monostate>(value); }
};

/// Named options, complete: TypeScript has filled every default in.
class Options {
 public:
  std::vector<std::pair<std::string, Any>> items;

  const Any& get(const std::string& name) const;
  bool has(const std::string& name) const;
  int64_t integer(const std::string& name) const;
  double number(const std::string& name) const;
  bool flag(const std::string& name) const;
  std::string symbol(const std::string& name) const;
  at::Tensor tensor(const std::string& name) const;
  /// A list of integers; a single one is repeated to `size` members where size is not 0.
  std::vector<int64_t> integers(const std::string& name, size_t size = 0) const;
  /// Absent or null options give nothing.
  std::optional<int64_t> maybeInteger(const std::string& name) const;
  std::optional<double> maybeNumber(const std::string& name) const;
};

/// A new object: it gets a handle of the calling user when the reply is handed to JavaScript.
struct Made {
  Object object;
};

struct Reply;
/// A JavaScript object, its properties in order.
struct Record {
  std::vector<std::pair<std::string, Reply>> items;
  Record& set(const char* name, Reply value);
};

struct Reply {
  std::variant<std::monostate, bool, int64_t, double, std::string, Bytes, Made, std::vector<Reply>, Record>
      value;

  Reply() = default;
  Reply(bool x) : value(x) {}
  Reply(int64_t x) : value(x) {}
  Reply(double x) : value(x) {}
  Reply(const char* x) : value(std::string(x)) {}
  Reply(std::string x) : value(std::move(x)) {}
  Reply(Bytes x) : value(std::move(x)) {}
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
};

inline Record& Record::set(const char* name, Reply value) {
  items.emplace_back(name, std::move(value));
  return *this;
}

}  // namespace torchq
