#pragma once

#include <type_traits>

#include "kernels/activation_kind.h"
#include "kernels/avx512/channel_block.h"

namespace healthtensor::avx512 {
namespace {

/// 1 / (1 + e^-x) as exactly as values of Element need it: to about two units in the last place of a float32,
/// or to an eighth of one of bfloat16. NaN for an infinite x.
template <typename Element>
HEALTHTENSOR_INLINE __m512 sigmoid(__m512 x) {
  constexpr bool exact = std::is_same_v<Element, float>;
  __m512 exponent = _mm512_mul_ps(x, _mm512_set1_ps(-1.44269504f));
  // Newton's step below makes a NaN of 1 / infinity.
  if constexpr (exact) exponent = _mm512_min_ps(_mm512_set1_ps(126.0f), exponent);
  constexpr int kRound = _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC;
  const __m512 part = _mm512_sub_ps(exponent, _mm512_roundscale_ps(exponent, kRound));
  // 2^part for 0 <= part < 1 with the least relative error: 7.5e-8 of degree 5, 7.5e-5 of degree 3.
  constexpr float fine[] = {0.00187757667f, 0.00898934034f, 0.0558263176f,
                            0.240153617f,   0.693153073f,   0.999999925f};
  constexpr float coarse[] = {0.0780245222f, 0.226067171f, 0.695833527f, 0.999925221f};
  constexpr int degree = exact ? 5 : 3;
  const auto coefficient = [&](int i)
                               HEALTHTENSOR_LAMBDA { return _mm512_set1_ps(exact ? fine[i] : coarse[i]); };
  __m512 power = coefficient(0);
  unroll<degree>([&](auto i)
                     HEALTHTENSOR_LAMBDA { power = _mm512_fmadd_ps(power, part, coefficient(i + 1)); });
  const __m512 divisor = _mm512_add_ps(_mm512_set1_ps(1.0f), _mm512_scalef_ps(power, exponent));
  const __m512 near = _mm512_rcp14_ps(divisor);
  if constexpr (!exact) return near;
  // 14 good bits, doubled by a step of Newton's.
  return _mm512_mul_ps(near, _mm512_fnmadd_ps(divisor, near, _mm512_set1_ps(2.0f)));
}

// max and min return their second operand when either is NaN: so that a NaN stays one, z comes second.
template <Activation activation, typename Element>
HEALTHTENSOR_INLINE __m512 activated(__m512 z) {
  if constexpr (activation == Activation::kRelu) return _mm512_max_ps(_mm512_setzero_ps(), z);
  if constexpr (activation == Activation::kRelu6) {
    return _mm512_min_ps(_mm512_set1_ps(6.0f), _mm512_max_ps(_mm512_setzero_ps(), z));
  }
  if constexpr (activation == Activation::kSilu) return _mm512_mul_ps(z, sigmoid<Element>(z));
  return z;
}

/// The gradient of z, given that of activation(z).
template <Activation activation>
HEALTHTENSOR_INLINE __m512 throughActivation(__m512 z, __m512 gradient) {
  if constexpr (activation == Activation::kRelu) {
    return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(z, _mm512_setzero_ps(), _CMP_GT_OQ), gradient);
  }
  if constexpr (activation == Activation::kRelu6) {
    const __mmask16 positive = _mm512_cmp_ps_mask(z, _mm512_setzero_ps(), _CMP_GT_OQ);
    return _mm512_maskz_mov_ps(_mm512_mask_cmp_ps_mask(positive, z, _mm512_set1_ps(6.0f), _CMP_LT_OQ),
                               gradient);
  }
  if constexpr (activation == Activation::kSilu) {
    // Sums are taken of this before it is rounded.
    const __m512 s = sigmoid<float>(z);
    const __m512 one = _mm512_set1_ps(1.0f);
    const __m512 slope = _mm512_mul_ps(s, _mm512_fmadd_ps(z, _mm512_sub_ps(one, s), one));
    return _mm512_mul_ps(gradient, slope);
  }
  return gradient;
}

}  // namespace
}  // namespace healthtensor::avx512
