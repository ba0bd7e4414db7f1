#pragma once

#include <cstdint>

#include "kernels/avx512/channel_lanes.h"

namespace healthtensor::avx512 {

/// maxPool(relu(convolution)): a 3x3 convolution with bias and without padding of images with one or three
/// channels, and a pool of 2x2 that leaves out an odd last row or column of it.
struct StemShape {
  int64_t batch;
  int64_t height;
  int64_t width;
  int64_t inputs;
  int64_t outputs;

  int64_t pooledHeight() const { return (height - 2) / 2; }
  int64_t pooledWidth() const { return (width - 2) / 2; }
  int64_t taps() const { return kKernel * kKernel * inputs; }
  /// Parameters in the order of the kernels: [block][kernel row][kernel column][input][lane], and after the
  /// taps of a block its biases.
  int64_t parameters() const { return blocksOf(outputs) * (taps() + 1) * kBlock; }
  /// Bytes that say of each output which of the four convolved values it is: [image][row][column][block]
  /// [lane].
  int64_t choices() const { return batch * pooledHeight() * pooledWidth() * blocksOf(outputs) * kBlock; }
  /// Floats that the kernels work in: four rows of the image, a row of them for each channel, and the 4x4
  /// neighbourhoods of a row of outputs.
  int64_t scratch() const { return inputs * (kRows * planeWidth() + pooledWidth() * kPatch); }
  int64_t planeWidth() const { return (width + kHalf - 1) / kHalf * kHalf; }

  static constexpr int64_t kKernel = 3;
  static constexpr int64_t kRows = 4;
  static constexpr int64_t kPatch = 16;
};

/// Rows first..last - 1 of one image's output.
struct PooledRows {
  int64_t image;
  int64_t first;
  int64_t last;
};

/// Writes these rows of y and, unless null, of the choices.
template <typename Element>
void stemForward(const Element* x, const float* parameters, Element* y, uint8_t* choices,
                 const StemShape& shape, const PooledRows& rows, float* scratch);

/// Adds what these rows contribute to the gradients of the parameters.
template <typename Element>
void stemGradient(const Element* x, const Element* outputGradient, const uint8_t* choices,
                  double* parameterGradients, const StemShape& shape, const PooledRows& rows, float* scratch);

}  // namespace healthtensor::avx512
