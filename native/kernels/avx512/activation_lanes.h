#pragma once

#include "kernels/activation_kind.h"
#include "kernels/avx512/channel_block.h"

namespace healthtensor::avx512 {
namespace {

/// e^x to about two units in the last place, for x within +-87 (beyond, the value there): 2^n times the
/// Taylor series of 2^f, |f| <= 1/2.
HEALTHTENSOR_INLINE __m512 exponential(__m512 x) {
  x = _mm512_min_ps(_mm512_max_ps(x, _mm512_set1_ps(-87.0f)), _mm512_set1_ps(87.0f));
  const __m512 exponent = _mm512_mul_ps(x, _mm512_set1_ps(1.44269504f));
  const __m512 whole = _mm512_roundscale_ps(exponent, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  const __m512 part = _mm512_sub_ps(exponent, whole);
  constexpr float coefficients[] = {1.33335581e-3f, 9.61812911e-3f, 5.55041087e-2f,
                                    0.240226507f,   0.693147181f,   1.0f};
  __m512 power = _mm512_set1_ps(1.54035304e-4f);
  unroll<6>([&](auto i) HEALTHTENSOR_LAMBDA {
    power = _mm512_fmadd_ps(power, part, _mm512_set1_ps(coefficients[i]));
  });
  return _mm512_scalef_ps(power, whole);
}

HEALTHTENSOR_INLINE __m512 sigmoid(__m512 x) {
  const __m512 one = _mm512_set1_ps(1.0f);
  const __m512 divisor = _mm512_add_ps(one, exponential(_mm512_sub_ps(_mm512_setzero_ps(), x)));
  // 14 good bits, doubled by a step of Newton's.
  const __m512 near = _mm512_rcp14_ps(divisor);
  return _mm512_mul_ps(near, _mm512_fnmadd_ps(divisor, near, _mm512_set1_ps(2.0f)));
}

// max and min return their second operand when either is NaN: so that a NaN stays one, z comes second.
template <Activation activation>
HEALTHTENSOR_INLINE __m512 activated(__m512 z) {
  if constexpr (activation == Activation::kRelu) return _mm512_max_ps(_mm512_setzero_ps(), z);
  if constexpr (activation == Activation::kRelu6) {
    return _mm512_min_ps(_mm512_set1_ps(6.0f), _mm512_max_ps(_mm512_setzero_ps(), z));
  }
  if constexpr (activation == Activation::kSilu) return _mm512_mul_ps(z, sigmoid(z));
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
    const __m512 s = sigmoid(z);
    const __m512 one = _mm512_set1_ps(1.0f);
    const __m512 slope = _mm512_mul_ps(s, _mm512_fmadd_ps(z, _mm512_sub_ps(one, s), one));
    return _mm512_mul_ps(gradient, slope);
  }
  return gradient;
}

}  // namespace
}  // namespace healthtensor::avx512
