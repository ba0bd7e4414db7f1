#pragma once

#include <span>
#include <string>
#include <vector>

#include "models/state.h"

namespace healthtensor {

/// "[64, 3, 7, 7]"
std::string shapeText(const std::vector<int64_t>& shape);

/// Throws NOT_FINITE when values for a tensor of a model are NaN, infinite or, as variances, negative.
void checkValues(const StateTensor& wanted, std::span<const float> values);

}  // namespace healthtensor
