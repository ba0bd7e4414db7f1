#pragma once

#include <cstdint>

namespace healthtensor::checks {

/// Sizes of a tensor of images.
struct ImageShape {
  int64_t batch;
  int64_t channels;
  int64_t height;
  int64_t width;
};

}  // namespace healthtensor::checks
