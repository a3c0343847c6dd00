// The one precompiled header: libtorch's own headers take half a minute to read, so every file of ours starts from this.
#pragma once

#include <napi.h>
#include <torch/torch.h>

#include <ATen/core/dispatch/Dispatcher.h>

#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>
