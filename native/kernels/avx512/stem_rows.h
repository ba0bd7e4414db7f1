#pragma once

#include "kernels/avx512/channel_block.h"
#include "kernels/avx512/stem.h"

namespace healthtensor::avx512 {
namespace {

HEALTHTENSOR_INLINE __m512 loadRun(const float* values, __mmask16 mask) {
  return _mm512_maskz_loadu_ps(mask, values);
}
HEALTHTENSOR_INLINE __m512 loadRun(const BFloat16* values, __mmask16 mask) {
  const __m256i bits = _mm256_maskz_loadu_epi16(mask, values);
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(bits), 16));
}

/// The lanes of a register that hold values when `left` are left.
HEALTHTENSOR_INLINE __mmask16 maskOf(int64_t left) {
  if (left >= kHalf) return 0xffff;
  return left <= 0 ? 0 : static_cast<__mmask16>((1u << left) - 1);
}

/// Which lanes of three registers of 48 values hold every third one from `channel` on: first those of the
/// first two registers, then with the third.
template <int channel>
struct ThirdLanes {
  alignas(64) int32_t firstTwo[kHalf] = {};
  alignas(64) int32_t all[kHalf] = {};
  constexpr ThirdLanes() {
    for (int lane = 0; lane < kHalf; ++lane) {
      const int value = 3 * lane + channel;
      firstTwo[lane] = value < 32 ? value : 0;
      all[lane] = value < 32 ? lane : value - 16;
    }
  }
};
template <int channel>
constexpr ThirdLanes<channel> kThirdLanes;

/// Channel `channel` of 16 pixels of three channels.
template <int channel>
HEALTHTENSOR_INLINE __m512 everyThird(__m512 a, __m512 b, __m512 c) {
  const ThirdLanes<channel>& lanes = kThirdLanes<channel>;
  const __m512 two = _mm512_permutex2var_ps(a, _mm512_load_si512(lanes.firstTwo), b);
  return _mm512_permutex2var_ps(two, _mm512_load_si512(lanes.all), c);
}

/// Four neighbouring rows of an image in float32, each channel by itself. Row r lies in place r % 4, so that
/// moving on by two rows reads two.
template <typename Element, int inputs>
class StemRows {
 public:
  StemRows(const Element* image, const StemShape& shape, float* planes)
      : image_(image), width_(shape.width), planeWidth_(shape.planeWidth()), planes_(planes) {}

  /// Reads what is missing of the rows under output row `pooled`, the rows of which come one after another.
  HEALTHTENSOR_INLINE void moveTo(int64_t pooled, bool first) {
    top_ = 2 * pooled;
    for (int64_t row = top_ + (first ? 0 : 2); row < top_ + StemShape::kRows; ++row) read(row);
  }
  /// Row `offset` of the four.
  HEALTHTENSOR_INLINE const float* row(int64_t offset, int input) const {
    return planes_ + ((top_ + offset) % StemShape::kRows * inputs + input) * planeWidth_;
  }

 private:
  HEALTHTENSOR_INLINE void read(int64_t row) {
    const Element* const values = image_ + row * width_ * inputs;
    float* const plane = planes_ + row % StemShape::kRows * inputs * planeWidth_;
    for (int64_t column = 0; column < width_; column += kHalf) {
      const int64_t first = column * inputs;
      const int64_t left = width_ * inputs - first;
      if constexpr (inputs == 1) {
        _mm512_storeu_ps(plane + column, loadRun(values + first, maskOf(left)));
      } else {
        const __m512 a = loadRun(values + first, maskOf(left));
        const __m512 b = loadRun(values + first + kHalf, maskOf(left - kHalf));
        const __m512 c = loadRun(values + first + 2 * kHalf, maskOf(left - 2 * kHalf));
        _mm512_storeu_ps(plane + column, everyThird<0>(a, b, c));
        _mm512_storeu_ps(plane + planeWidth_ + column, everyThird<1>(a, b, c));
        _mm512_storeu_ps(plane + 2 * planeWidth_ + column, everyThird<2>(a, b, c));
      }
    }
  }

  const Element* image_;
  int64_t width_;
  int64_t planeWidth_;
  float* planes_;
  int64_t top_ = 0;
};

}  // namespace
}  // namespace healthtensor::avx512
