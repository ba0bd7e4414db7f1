#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/avx512/channel_lanes.h"

namespace healthtensor::avx512 {

/// The maximum over windows of kernel x kernel pixels, which begin `stride` pixels apart and `padding` pixels
/// outside of the image.
struct MaxPoolShape {
  int64_t batch;
  int64_t height;
  int64_t width;
  int64_t channels;
  int64_t kernel;
  int64_t stride;
  int64_t padding;

  int64_t outputHeight() const { return outputs(height); }
  int64_t outputWidth() const { return outputs(width); }
  /// Bytes that say of each output where in its window (row * kernel + column) the maximum is: [image][row]
  /// [column][block][lane].
  int64_t choices() const { return batch * outputHeight() * outputWidth() * blocksOf(channels) * kBlock; }

  struct Range {
    int64_t first;
    int64_t last;  ///< one behind
  };
  /// Pixels of a row or column, `size` long, in the window of an output.
  Range pixelsOf(int64_t output, int64_t size) const {
    const int64_t begin = output * stride - padding;
    return {std::max<int64_t>(begin, 0), std::min(begin + kernel, size)};
  }
  /// The other way: outputs with this pixel in their window.
  Range outputsOf(int64_t pixel, int64_t size) const {
    const int64_t place = pixel + padding;
    return {place < kernel ? 0 : (place - kernel) / stride + 1, std::min(place / stride + 1, outputs(size))};
  }

 private:
  int64_t outputs(int64_t size) const { return (size + 2 * padding - kernel) / stride + 1; }
};

/// Writes rows first..last - 1, counted through all images, of y and, unless null, of the choices. Of equal
/// values the first is chosen, and a NaN before any other value, as in ATen.
template <typename Element>
void maxPoolForward(const Element* x, Element* y, uint8_t* choices, const MaxPoolShape& shape, int64_t first,
                    int64_t last);

/// Writes rows first..last - 1 of the input's gradient.
template <typename Element>
void maxPoolGradient(const Element* outputGradient, const uint8_t* choices, Element* inputGradient,
                     const MaxPoolShape& shape, int64_t first, int64_t last);

}  // namespace healthtensor::avx512
