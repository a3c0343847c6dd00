// What calling an operator may cost (DESIGN, decision 5).
#pragma once

#include <string>
#include <vector>

#include "values/options.h"

namespace torchq {

/// What an operator's work and the size of its results grow with.
enum class Growth {
  unknown,   ///< or with more than a product
  elements,  ///< the elements of its inputs, broadcast: elementwise operators, reductions, views
  sizes,     ///< the product of the integers in its lists, and of what its inputs hold
  product    ///< the product of its inputs' elements
};

/// @param name as the dispatcher has it ("aten::add_"); all overloads of a name grow alike
Growth growthOf(const std::string& name);

/// An upper bound of the elements that a call touches or makes, INLINE_LIMIT + 1 standing for all that is more and for
/// what is not on the CPU. Throws what reading a k array throws.
int64_t weighCall(Growth growth, const std::vector<Any>& args);

}  // namespace torchq
