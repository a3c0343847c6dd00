// How the process ends when it is told to, whatever native code does at that moment.
#pragma once

#include <string>

namespace torchq {

/// Ends the process at once. Node's own way out runs destructors, one of which waits for the job that runs.
[[noreturn]] void leave(int status);

/// Call once, after Node has its handlers: from the first SIGTERM or SIGINT on the process has `seconds` to end by
/// itself. Then, or on the second one, it ends with `status`, also while the JavaScript thread is inside a call that does
/// not return. `last` is written to standard error when the time was over.
void endWithin(double seconds, int status, std::string last);

}  // namespace torchq
