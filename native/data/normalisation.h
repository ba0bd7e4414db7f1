#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>

#include "models/model_spec.h"

namespace healthtensor {

/// From gray pixels to what a model takes: gray repeated to its channels, (pixel / 255 - mean) / std, in the
/// type of its activations. There are 256 grays, so that it is one look-up a pixel, and the values are the
/// same on every device.
class Normalisation {
 public:
  /// float32, bfloat16 or float16, else BAD_ARGUMENT.
  Normalisation(const ModelSpec& spec, at::ScalarType type, at::Device device);

  at::ScalarType type() const { return table_.scalar_type(); }
  int64_t channels() const { return channels_; }

  /// Writes the pixels of an image to the CPU's memory, its channels side by side.
  void write(std::span<const uint8_t> pixels, void* out) const;
  /// The same for a tensor [n, size, size] of pixels on the device, as [n, channels, size, size] in the
  /// channels-last layout.
  at::Tensor apply(const at::Tensor& pixels) const;

 private:
  int64_t channels_;
  /// [pixel][channel], with a fourth, unused value where there are three: then a pixel is one read and one
  /// write.
  at::Tensor table_;
  at::Tensor deviceTable_;
};

}  // namespace healthtensor
