// The check of a fuzz target: what does not hold ends the process, which the fuzzer reports with its input.
#pragma once

#include <cstdlib>

namespace berth::fuzz {

inline void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace berth::fuzz
