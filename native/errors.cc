#include "errors.h"

#include <c10/util/Exception.h>

#include <array>
#include <new>
#include <stdexcept>
#include <string_view>

namespace torchq {

namespace {

/// What libtorch says where a size does not fit into memory, or into the numbers that count it.
constexpr std::array<std::string_view, 4> TOO_LARGE = {"can't allocate memory", "CUDA out of memory",
                                                       "integer multiplication overflow",
                                                       "Storage size calculation overflowed"};

std::string ofLibtorch(std::string text) {
  for (const auto& words : TOO_LARGE)
    if (text.find(words) != std::string::npos) return WSFULL;
  return text;
}

}  // namespace

std::string currentError() {
  try {
    throw;
  } catch (const c10::Error& e) {
    return ofLibtorch(e.what_without_backtrace());
  } catch (const std::bad_alloc&) {
    return WSFULL;
  } catch (const std::length_error&) {
    return WSFULL;
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "unknown error";
  }
}

}  // namespace torchq
