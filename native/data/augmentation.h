#pragma once

#include <cstdint>
#include <span>

namespace healthtensor {

/// How far images may be changed in training. Each image draws uniformly within plus and minus the value; 0
/// is off.
struct Augmentation {
  double rotation = 0;    ///< degrees, 0..180
  double shift = 0;       ///< in each direction, part of the image's size, 0..1
  double scale = 0;       ///< part of the size by which the image grows or shrinks, 0..0.5
  double contrast = 0;    ///< part by which distances from middle gray grow or shrink, 0..1
  double brightness = 0;  ///< part of the range from black to white, 0..1
  double noise = 0;       ///< standard deviation of a pixel's own noise, part of that range, 0..1
  double flip = 0;        ///< probability of a mirrored image, 0..1; the heart has a side, so rarely sensible

  bool isOff() const { return *this == Augmentation{}; }
  bool operator==(const Augmentation&) const = default;
};

/// What one image drew: an affine map from its pixels to the source's and a change of grays, in fixed-point
/// numbers, so that every compiler and CPU gives the same pixels. checkRecipe keeps the ranges small enough
/// for them.
struct Distortion {
  int32_t xx, xy, x0;  ///< source x of pixel (x, y): xx x + xy y + x0, in 1/65536 pixel
  int32_t yx, yy, y0;
  int32_t gain;    ///< 1/4096
  int32_t offset;  ///< 1/2^20 gray levels
  int32_t noise;   ///< 1/2^20 gray levels a unit of the noise source
  uint64_t noiseSeed;
};

/// The draw of the image at a position of the global batch: a function of the arguments alone, so that it
/// does not matter how threads or processes share a batch. `seed` is the batch's own.
Distortion drawDistortion(const Augmentation& augmentation, int64_t imageSize, uint64_t seed,
                          int64_t position);

/// Changes gray pixels, row by row, in one pass: bilinear, and beyond the edge the edge's own pixels go on. A
/// black border would put straight bright edges into the picture, and an edge of that kind at the chest wall
/// is what a pneumothorax looks like.
void distort(const Distortion& distortion, std::span<const uint8_t> pixels, int64_t imageSize,
             std::span<uint8_t> out);

}  // namespace healthtensor
