// How much work an object stands for, in elements.
#pragma once

#include <memory>

#include "objects/object.h"
#include "values/weight.h"

namespace torchq {

int64_t weigh(const Object& object);
template <class T>
int64_t weigh(const std::shared_ptr<T>& object) {
  return weigh(Object(object));
}

}  // namespace torchq
