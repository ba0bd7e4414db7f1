#include "finite.h"

#include <cmath>

#include "failure.h"

namespace healthtensor {

void requireFinite(const std::string& tensor, std::span<const float> values) {
  // Adding up 0 * x is not faster than asking each; the compiler vectorises this loop.
  bool finite = true;
  for (const float value : values) finite &= std::isfinite(value);
  if (!finite) throw Failure("NOT_FINITE", tensor + " has a NaN or infinite value");
}

}  // namespace healthtensor
