#pragma once

#include <span>
#include <string>

namespace healthtensor {

/// Throws NOT_FINITE when a value of the tensor is NaN or infinite.
void requireFinite(const std::string& tensor, std::span<const float> values);

}  // namespace healthtensor
