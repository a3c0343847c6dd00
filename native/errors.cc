#include "errors.h"

#include <c10/util/Exception.h>

namespace torchq {

std::string currentError() {
  try {
    throw;
  } catch (const c10::Error& e) {
    return e.what_without_backtrace();
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "unknown error";
  }
}

}  // namespace torchq
