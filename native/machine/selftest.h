// Whether the libraries below libtorch compute rightly on this machine.
#pragma once

#include <string>
#include <vector>

namespace torchq {

/// Compares what oneDNN computes with libtorch's plain operators: convolutions and an LSTM whose channels must be padded
/// to a vector's length. Where processors hide their caches, as some virtual machines do, oneDNN 3 has given wrong
/// numbers for them without a word (uxlfoundation/oneDNN issue 5313 is of the kind).
/// @param spoiled one of the names, whose result is changed before it is compared: the test of this test
/// @return the names of what differs; where there is any, oneDNN is switched off in the process. Nothing where libtorch
///   has no oneDNN.
std::vector<std::string> selfTest(const std::string& spoiled);

}  // namespace torchq
