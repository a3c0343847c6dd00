// libtorch's warnings: for the user whose call raised them, and for the log.
#pragma once

#include <string>
#include <vector>

#include "objects/registry.h"

namespace torchq {

/// libtorch's warnings on this thread are collected from now on. Elsewhere they go to stderr.
void collectWarnings();

/// Whom this thread works for, while it lives.
class WorkingFor {
 public:
  explicit WorkingFor(UserId user);
  ~WorkingFor();
  WorkingFor(const WorkingFor&) = delete;
  WorkingFor& operator=(const WorkingFor&) = delete;

 private:
  UserId before_;
};

/// Whom it works for now.
UserId servedUser();

/// What the user's calls have raised since he was last told, oldest first; of many the latest.
std::vector<std::string> takeWarnings(UserId user);
/// Those that were never raised before, for the log.
std::vector<std::string> newWarnings();

}  // namespace torchq
