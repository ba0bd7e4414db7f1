#pragma once

#include <sstream>

#include "failure.h"

namespace healthtensor {

/// Refuses a model spec; the parts make up the message.
template <typename... Parts>
[[noreturn]] void badConfig(const Parts&... parts) {
  std::ostringstream message;
  (message << ... << parts);
  throw Failure("BAD_CONFIG", message.str());
}

}  // namespace healthtensor
