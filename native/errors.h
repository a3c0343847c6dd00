// Errors that reach a q session. Their texts are the k api's; TypeScript passes them on unchanged.
#pragma once

#include <sstream>
#include <stdexcept>
#include <string>

namespace torchq {

/// An error whose text is meant for the user as it stands (no libtorch backtrace to cut off).
class Error : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// q's word for memory that cannot be had.
constexpr const char* WSFULL = "wsfull";

/// Joins its arguments into a text, as an ostream prints them.
template <class... Parts>
std::string text(const Parts&... parts) {
  std::ostringstream out;
  (out << ... << parts);
  return out.str();
}

template <class... Parts>
[[noreturn]] void fail(const Parts&... parts) {
  throw Error(text(parts...));
}

/// The text of the exception in flight; call it inside a catch block. libtorch's own errors come without backtrace.
std::string currentError();

}  // namespace torchq
