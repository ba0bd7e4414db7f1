#pragma once

#include <ATen/core/Tensor.h>

#include <bit>

#include "kernels/avx512/channel_lanes.h"

namespace healthtensor::avx512 {

inline float asFloat(float value) { return value; }
inline float asFloat(BFloat16 value) { return std::bit_cast<float>(static_cast<uint32_t>(value.bits) << 16); }

/// The memory of a dense channels-last tensor.
template <typename Element>
Element* memoryOf(const at::Tensor& tensor) {
  return static_cast<Element*>(tensor.data_ptr());
}

/// Calls body with a value of the kernels' element type for a tensor's.
template <typename Body>
void withElement(at::ScalarType type, const Body& body) {
  if (type == at::kBFloat16) {
    body(BFloat16());
  } else {
    TORCH_INTERNAL_ASSERT(type == at::kFloat);
    body(float());
  }
}

/// As the kernels read it: x's type, pixels of neighbouring channels.
inline at::Tensor asPixels(const at::Tensor& tensor, at::ScalarType type) {
  return tensor.to(type).contiguous(at::MemoryFormat::ChannelsLast);
}

}  // namespace healthtensor::avx512
