#include "models/tensor_checks.h"

#include <algorithm>

#include "failure.h"
#include "finite.h"

namespace healthtensor {

std::string shapeText(const std::vector<int64_t>& shape) {
  std::string text = "[";
  for (const int64_t size : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(size);
  return text + "]";
}

void checkValues(const StateTensor& wanted, std::span<const float> values) {
  requireFinite(wanted.name, values);
  // Its square root would be NaN, far from the cause.
  if (wanted.role == Role::kVariance && std::ranges::any_of(values, [](float value) { return value < 0; })) {
    throw Failure("NOT_FINITE", wanted.name + " has a negative variance");
  }
}

}  // namespace healthtensor
