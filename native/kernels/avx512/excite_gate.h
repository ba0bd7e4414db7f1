#pragma once

#include "kernels/avx512/activation_lanes.h"
#include "kernels/avx512/squeeze_excite.h"

// What squeeze_excite.h promises.

namespace healthtensor::avx512 {
namespace {

constexpr int64_t kLanes = 16;

/// Calls body(position, mask) for 16 values at a time.
template <typename Body>
HEALTHTENSOR_INLINE void forEachLanes(int64_t count, const Body& body) {
  for (int64_t at = 0; at < count; at += kLanes) {
    const int64_t rest = count - at;
    body(at, static_cast<__mmask16>(rest >= kLanes ? 0xffff : (1 << rest) - 1));
  }
}

/// y = weights x + bias.
HEALTHTENSOR_INLINE void dense(const float* weights, const float* bias, const float* x, int64_t inputs,
                               int64_t outputs, float* y) {
  for (int64_t output = 0; output < outputs; ++output) {
    const float* const row = weights + output * inputs;
    __m512 sum = _mm512_setzero_ps();
    forEachLanes(inputs, [&](int64_t at, __mmask16 mask) HEALTHTENSOR_LAMBDA {
      sum = _mm512_fmadd_ps(_mm512_maskz_loadu_ps(mask, row + at), _mm512_maskz_loadu_ps(mask, x + at), sum);
    });
    y[output] = _mm512_reduce_add_ps(sum) + bias[output];
  }
}

}  // namespace

void exciteGate(const ExciteLayers& layers, const float* means, float* z, float* hidden, float* gate) {
  dense(layers.reduceWeight, layers.reduceBias, means, layers.channels, layers.reduced, z);
  forEachLanes(layers.reduced, [&](int64_t at, __mmask16 mask) HEALTHTENSOR_LAMBDA {
    const __m512 value = _mm512_maskz_loadu_ps(mask, z + at);
    _mm512_mask_storeu_ps(hidden + at, mask, activated<Activation::kSilu, float>(value));
  });
  dense(layers.expandWeight, layers.expandBias, hidden, layers.reduced, layers.channels, gate);
  forEachLanes(layers.channels, [&](int64_t at, __mmask16 mask) HEALTHTENSOR_LAMBDA {
    _mm512_mask_storeu_ps(gate + at, mask, sigmoid<float>(_mm512_maskz_loadu_ps(mask, gate + at)));
  });
}

}  // namespace healthtensor::avx512
