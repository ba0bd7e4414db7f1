#pragma once

#include <immintrin.h>

#include <cstdint>
#include <utility>

#include "kernels/avx512/channel_lanes.h"

// For the translation units that are compiled for AVX-512 alone. Everything here is inlined: a function with
// a name that another translation unit knows too could be linked into code for older CPUs.
#define HEALTHTENSOR_INLINE inline __attribute__((always_inline))
#define HEALTHTENSOR_LAMBDA __attribute__((always_inline))

namespace healthtensor::avx512 {
namespace {

/// Calls body with std::integral_constant 0, 1, ... count - 1: a loop that is unrolled for certain, so that
/// arrays of registers stay in registers.
template <int... Index, typename Body>
HEALTHTENSOR_INLINE void unrollOver(std::integer_sequence<int, Index...>, const Body& body) {
  (body(std::integral_constant<int, Index>()), ...);
}
template <int count, typename Body>
HEALTHTENSOR_INLINE void unroll(const Body& body) {
  unrollOver(std::make_integer_sequence<int, count>(), body);
}

/// The 32 values of a block in lane order.
struct Lanes {
  __m512 first;
  __m512 second;
};

HEALTHTENSOR_INLINE Lanes zeroLanes() { return {_mm512_setzero_ps(), _mm512_setzero_ps()}; }
HEALTHTENSOR_INLINE Lanes loadLanes(const float* values) {
  return {_mm512_loadu_ps(values), _mm512_loadu_ps(values + kHalf)};
}
HEALTHTENSOR_INLINE void storeLanes(float* values, const Lanes& lanes) {
  _mm512_storeu_ps(values, lanes.first);
  _mm512_storeu_ps(values + kHalf, lanes.second);
}

/// Applies an operation of single registers to both.
template <typename Operation, typename... Operands>
HEALTHTENSOR_INLINE Lanes both(const Operation& operation, const Operands&... operands) {
  return {operation(operands.first...), operation(operands.second...)};
}

HEALTHTENSOR_INLINE Lanes multiplyAdd(const Lanes& a, const Lanes& b, const Lanes& c) {
  return {_mm512_fmadd_ps(a.first, b.first, c.first), _mm512_fmadd_ps(a.second, b.second, c.second)};
}

/// Reads and writes one block of a pixel. When it is not `whole`, it is the last of a pixel and has fewer
/// channels; the lanes beyond are zero and never written.
template <typename Element, bool whole>
class ChannelBlock;

template <bool whole>
class ChannelBlock<float, whole> {
 public:
  explicit ChannelBlock(int64_t channels) : mask_(whole ? ~uint32_t{0} : (uint32_t{1} << channels) - 1) {}

  template <int half>
  HEALTHTENSOR_INLINE __m512 loadHalf(const float* pixel) const {
    if constexpr (whole) return _mm512_loadu_ps(pixel + half * kHalf);
    return _mm512_maskz_loadu_ps(halfMask<half>(), pixel + half * kHalf);
  }
  HEALTHTENSOR_INLINE Lanes load(const float* pixel) const {
    return {loadHalf<0>(pixel), loadHalf<1>(pixel)};
  }
  HEALTHTENSOR_INLINE void store(float* pixel, const Lanes& lanes) const {
    if constexpr (whole) {
      storeLanes(pixel, lanes);
    } else {
      _mm512_mask_storeu_ps(pixel, halfMask<0>(), lanes.first);
      _mm512_mask_storeu_ps(pixel + kHalf, halfMask<1>(), lanes.second);
    }
  }

 private:
  template <int half>
  HEALTHTENSOR_INLINE __mmask16 halfMask() const {
    return static_cast<__mmask16>(mask_ >> (half * kHalf));
  }
  uint32_t mask_;
};

#ifdef __AVX512BF16__
template <bool whole>
class ChannelBlock<BFloat16, whole> {
 public:
  explicit ChannelBlock(int64_t channels) : mask_(whole ? ~uint32_t{0} : (uint32_t{1} << channels) - 1) {}

  template <int half>
  HEALTHTENSOR_INLINE __m512 loadHalf(const BFloat16* pixel) const {
    const __m512i bits = loadBits(pixel);
    return half == 0 ? even(bits) : odd(bits);
  }
  HEALTHTENSOR_INLINE Lanes load(const BFloat16* pixel) const {
    const __m512i bits = loadBits(pixel);
    return {even(bits), odd(bits)};
  }
  HEALTHTENSOR_INLINE void store(BFloat16* pixel, const Lanes& lanes) const {
    const __m512i bits = interleave(lanes);
    if constexpr (whole) {
      _mm512_storeu_si512(pixel, bits);
    } else {
      _mm512_mask_storeu_epi16(pixel, mask_, bits);
    }
  }

 private:
  HEALTHTENSOR_INLINE __m512i loadBits(const BFloat16* pixel) const {
    if constexpr (whole) return _mm512_loadu_si512(pixel);
    return _mm512_maskz_loadu_epi16(mask_, pixel);
  }
  static HEALTHTENSOR_INLINE __m512 even(__m512i bits) {
    return _mm512_castsi512_ps(_mm512_slli_epi32(bits, 16));
  }
  static HEALTHTENSOR_INLINE __m512 odd(__m512i bits) {
    return _mm512_castsi512_ps(_mm512_and_si512(bits, _mm512_set1_epi32(static_cast<int>(0xffff0000u))));
  }
  // Rounded to the nearest, ties to even; the conversion leaves the even channels below the odd ones.
  static HEALTHTENSOR_INLINE __m512i interleave(const Lanes& lanes) {
    const __m512i order = _mm512_or_si512(
        _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
        _mm512_slli_epi32(_mm512_set_epi32(31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16),
                          16));
    const __m512bh halves = _mm512_cvtne2ps_pbh(lanes.second, lanes.first);
    return _mm512_permutexvar_epi16(order, reinterpret_cast<__m512i>(halves));
  }
  uint32_t mask_;
};
#endif

}  // namespace
}  // namespace healthtensor::avx512
