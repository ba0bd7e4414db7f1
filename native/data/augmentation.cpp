#include "data/augmentation.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>
#include <vector>

#include "random.h"

namespace healthtensor {
namespace {

constexpr int kPlaceBits = 16;
constexpr int kWeightBits = 8;  // of the neighbours in a bilinear mean
constexpr int kGainBits = 12;
constexpr int kGrayBits = 20;  // after the gain

// The noise of a pixel is the sum of four random bytes about its mean: nearly normal, two pixels a number.
constexpr int32_t kNoiseMean = 4 * 255 / 2;
const double kNoiseDeviation = std::sqrt(4 * (256.0 * 256.0 - 1) / 12);

int32_t fixedPoint(double value, int bits) {
  return static_cast<int32_t>(std::lround(std::ldexp(value, bits)));
}

// One column and one row more than the image, equal to the last ones: the right and lower neighbours that a
// place on the edge needs.
std::vector<uint8_t> withFarEdge(std::span<const uint8_t> pixels, size_t size) {
  const size_t stride = size + 1;
  std::vector<uint8_t> padded(stride * stride);
  for (size_t y = 0; y <= size; ++y) {
    const uint8_t* row = pixels.data() + std::min(y, size - 1) * size;
    std::memcpy(padded.data() + y * stride, row, size);
    padded[y * stride + size] = row[size - 1];
  }
  return padded;
}

// The gray between four pixels, in 1/65536 levels.
int32_t bilinear(const uint8_t* padded, int32_t stride, int32_t x, int32_t y) {
  constexpr int32_t kOne = 1 << kWeightBits;
  const uint8_t* upper = padded + (y >> kPlaceBits) * stride + (x >> kPlaceBits);
  const uint8_t* lower = upper + stride;
  const int32_t right = (x >> (kPlaceBits - kWeightBits)) & (kOne - 1);
  const int32_t down = (y >> (kPlaceBits - kWeightBits)) & (kOne - 1);
  const int32_t above = upper[0] * (kOne - right) + upper[1] * right;
  const int32_t below = lower[0] * (kOne - right) + lower[1] * right;
  return above * (kOne - down) + below * down;
}

}  // namespace

Distortion drawDistortion(const Augmentation& augmentation, int64_t imageSize, uint64_t seed,
                          int64_t position) {
  SplitMix64 random(seed ^ SplitMix64(static_cast<uint64_t>(position)).next());
  // Every number is drawn whether it is used or not, so that turning one change off leaves the others as they
  // were.
  const auto within = [&](double range) { return range * (2 * random.unit() - 1); };
  const auto size = static_cast<double>(imageSize);
  const double angle = within(augmentation.rotation) * std::numbers::pi / 180;
  const double shiftX = within(augmentation.shift) * size;
  const double shiftY = within(augmentation.shift) * size;
  const double zoom = 1 + within(augmentation.scale);
  const double gain = 1 + within(augmentation.contrast);
  const double brighter = within(augmentation.brightness) * 255;
  const double mirror = random.unit() < augmentation.flip ? -1 : 1;

  // From a pixel back to its source: undo the shift, then rotation and zoom about the middle.
  const double cosine = std::cos(angle) / zoom;
  const double sine = std::sin(angle) / zoom;
  const double middle = (size - 1) / 2;
  const double xx = mirror * cosine;
  const double xy = mirror * sine;
  const double yx = -sine;
  const double yy = cosine;
  const double fromX = middle + shiftX;
  const double fromY = middle + shiftY;
  constexpr double kMiddleGray = 255.0 / 2;
  return {
      .xx = fixedPoint(xx, kPlaceBits),
      .xy = fixedPoint(xy, kPlaceBits),
      .x0 = fixedPoint(middle - xx * fromX - xy * fromY, kPlaceBits),
      .yx = fixedPoint(yx, kPlaceBits),
      .yy = fixedPoint(yy, kPlaceBits),
      .y0 = fixedPoint(middle - yx * fromX - yy * fromY, kPlaceBits),
      .gain = fixedPoint(gain, kGainBits),
      .offset = fixedPoint(kMiddleGray * (1 - gain) + brighter, kGrayBits),
      .noise = fixedPoint(augmentation.noise * 255 / kNoiseDeviation, kGrayBits),
      .noiseSeed = random.next(),
  };
}

void distort(const Distortion& distortion, std::span<const uint8_t> pixels, int64_t imageSize,
             std::span<uint8_t> out) {
  const auto size = static_cast<int32_t>(imageSize);
  const int32_t stride = size + 1;
  const int32_t farthest = (size - 1) << kPlaceBits;
  const std::vector<uint8_t> padded = withFarEdge(pixels, static_cast<size_t>(size));
  SplitMix64 random(distortion.noiseSeed);
  constexpr int32_t kHalf = 1 << (kGrayBits - 1);
  constexpr int32_t kWhite = 255 << kGrayBits;
  uint8_t* next = out.data();
  for (int32_t row = 0; row < size; ++row) {
    int32_t x = distortion.xy * row + distortion.x0;
    int32_t y = distortion.yy * row + distortion.y0;
    uint64_t bytes = 0;
    for (int32_t column = 0; column < size; ++column, x += distortion.xx, y += distortion.yx) {
      const int32_t gray =
          bilinear(padded.data(), stride, std::clamp(x, 0, farthest), std::clamp(y, 0, farthest));
      int32_t level =
          (gray >> (2 * kWeightBits + kGainBits - kGrayBits)) * distortion.gain + distortion.offset;
      if (distortion.noise != 0) {
        bytes = column % 2 == 0 ? random.next() : bytes >> 32;
        const auto sum = static_cast<int32_t>((bytes & 255) + (bytes >> 8 & 255) + (bytes >> 16 & 255) +
                                              (bytes >> 24 & 255));
        level += (sum - kNoiseMean) * distortion.noise;
      }
      *next++ = static_cast<uint8_t>(std::clamp(level + kHalf, 0, kWhite + kHalf) >> kGrayBits);
    }
  }
}

}  // namespace healthtensor
