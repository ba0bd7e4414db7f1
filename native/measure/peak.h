#pragma once

#include <c10/core/ScalarType.h>

#include "device.h"

namespace healthtensor {

/// The most floating-point operations a second that libtorch reaches on this device in this type: the best of
/// matrix products and 3x3 convolutions of a size that suits caches, tried for about a second. A yardstick
/// for benchmarks.
double peakOperations(const DeviceChoice& device, at::ScalarType type);

}  // namespace healthtensor
