#pragma once

#include "kernels/avx512/channel_block.h"

namespace healthtensor::avx512 {
namespace {

/// Writes a block's 32 choices as bytes, in lane order.
HEALTHTENSOR_INLINE void storeChoices(uint8_t* choices, __m512i first, __m512i second) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(choices), _mm512_cvtepi32_epi8(first));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(choices + kHalf), _mm512_cvtepi32_epi8(second));
}

}  // namespace
}  // namespace healthtensor::avx512
