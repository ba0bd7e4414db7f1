#pragma once

#include <cstdint>

namespace healthtensor {

/// Channels under a width multiplier: the nearest multiple of 8, but never more than a tenth below (timm's
/// `make_divisible`, after TensorFlow's slim nets).
constexpr int64_t scaledChannels(int64_t channels, double width) {
  constexpr int64_t kDivisor = 8;
  const double exact = static_cast<double>(channels) * width;
  int64_t rounded = static_cast<int64_t>(exact + kDivisor / 2) / kDivisor * kDivisor;
  if (rounded < kDivisor) rounded = kDivisor;
  return static_cast<double>(rounded) < 0.9 * exact ? rounded + kDivisor : rounded;
}

}  // namespace healthtensor
