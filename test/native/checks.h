#pragma once

#include <c10/core/ScalarType.h>

// Each compares what native/kernels does with ATen in float64 on the same values, and prints JSON lines.

namespace healthtensor::checks {

void checkDepthwise();
void checkStem();
void checkMaxPool();
void checkPacked();
void checkSqueezeExcite();
void checkNormActivation();
void checkCollective();
/// Puts the caching allocator in place: the last check.
void checkMemory();

/// Prints milliseconds per operation at the shapes of `network` (mobile, efficient, res; batch 32, 224
/// pixels), beside ATen's if asked.
void printTimes(const char* network, at::ScalarType type, bool aten);

}  // namespace healthtensor::checks
