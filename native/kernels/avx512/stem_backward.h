#pragma once

#include "kernels/avx512/stem_forward.h"

// The backward pass of stem.h, for the element type that the including file instantiates it with.

namespace healthtensor::avx512 {
namespace {

/// The 4x4 values of the input under each output of a row: [output][input][16].
template <typename Element, int inputs>
void gatherPatches(const StemRows<Element, inputs>& rows, int64_t columns, float* patches) {
  for (int input = 0; input < inputs; ++input) {
    const float* const lines[] = {rows.row(0, input), rows.row(1, input), rows.row(2, input),
                                  rows.row(3, input)};
    for (int64_t column = 0; column < columns; ++column) {
      float* const patch = patches + (column * inputs + input) * StemShape::kPatch;
      for (int line = 0; line < StemShape::kRows; ++line) {
        _mm_storeu_ps(patch + line * 4, _mm_loadu_ps(lines[line] + 2 * column));
      }
    }
  }
}

/// One row of outputs and half a block: each lane takes its gradient to the nine values that its choice was
/// convolved from, picked out of the neighbourhood.
template <int half, int inputs, typename Element, bool whole>
HEALTHTENSOR_INLINE void gradientRow(const ChannelBlock<Element, whole>& block, const float* patches,
                                     const Element* outputGradient, const uint8_t* choices, double* gradients,
                                     const StemShape& shape) {
  constexpr int kernel = StemShape::kKernel;
  constexpr int taps = kernel * kernel * inputs;
  __m512 sums[taps];
  unroll<taps>([&](auto i) HEALTHTENSOR_LAMBDA { sums[i] = _mm512_setzero_ps(); });
  __m512 bias = _mm512_setzero_ps();
  const int64_t pixelChoices = blocksOf(shape.outputs) * kBlock;
  for (int64_t column = 0; column < shape.pooledWidth(); ++column) {
    const auto* const chosen =
        reinterpret_cast<const __m128i*>(choices + column * pixelChoices + half * kHalf);
    const __m512i corner = _mm512_cvtepu8_epi32(_mm_loadu_si128(chosen));
    const __mmask16 flows = _mm512_testn_epi32_mask(corner, _mm512_set1_epi32(kNoChoice));
    const __m512 gradient =
        _mm512_maskz_mov_ps(flows, block.template loadHalf<half>(outputGradient + column * shape.outputs));
    bias = _mm512_add_ps(bias, gradient);
    const float* const patch = patches + column * inputs * StemShape::kPatch;
    unroll<kernel * kernel>([&](auto tap) HEALTHTENSOR_LAMBDA {
      constexpr int offset = tap / kernel * 4 + tap % kernel;
      const __m512i place = _mm512_add_epi32(corner, _mm512_set1_epi32(offset));
      unroll<inputs>([&](auto input) HEALTHTENSOR_LAMBDA {
        const __m512 value = _mm512_permutexvar_ps(place, _mm512_loadu_ps(patch + input * StemShape::kPatch));
        sums[tap * inputs + input] = _mm512_fmadd_ps(value, gradient, sums[tap * inputs + input]);
      });
    });
  }
  const auto add = [&](int tap, __m512 sum) HEALTHTENSOR_LAMBDA {
    float values[kHalf];
    _mm512_storeu_ps(values, sum);
    double* const totals = gradients + tap * kBlock + half * kHalf;
    for (int lane = 0; lane < kHalf; ++lane) totals[lane] += static_cast<double>(values[lane]);
  };
  unroll<taps>([&](auto i) HEALTHTENSOR_LAMBDA { add(i, sums[i]); });
  add(taps, bias);
}

template <typename Element, int inputs>
void stemGradientRows(const Element* x, const Element* outputGradient, const uint8_t* choices,
                      double* gradients, const StemShape& shape, const PooledRows& rows, float* scratch) {
  StemRows<Element, inputs> input(x + rows.image * shape.height * shape.width * inputs, shape, scratch);
  float* const patches = scratch + inputs * StemShape::kRows * shape.planeWidth();
  const int64_t blocks = blocksOf(shape.outputs);
  for (int64_t row = rows.first; row < rows.last; ++row) {
    input.moveTo(row, row == rows.first);
    gatherPatches(input, shape.pooledWidth(), patches);
    const int64_t pixel = (rows.image * shape.pooledHeight() + row) * shape.pooledWidth();
    for (int64_t block = 0; block < blocks; ++block) {
      const Element* const gradient = outputGradient + pixel * shape.outputs + block * kBlock;
      const uint8_t* const chosen = choices + (pixel * blocks + block) * kBlock;
      double* const own = gradients + block * (shape.taps() + 1) * kBlock;
      const int64_t channels = shape.outputs - block * kBlock;
      if (channels >= kBlock) {
        const ChannelBlock<Element, true> whole(kBlock);
        gradientRow<0, inputs>(whole, patches, gradient, chosen, own, shape);
        gradientRow<1, inputs>(whole, patches, gradient, chosen, own, shape);
      } else {
        const ChannelBlock<Element, false> part(channels);
        gradientRow<0, inputs>(part, patches, gradient, chosen, own, shape);
        gradientRow<1, inputs>(part, patches, gradient, chosen, own, shape);
      }
    }
  }
}

}  // namespace

template <typename Element>
void stemGradient(const Element* x, const Element* outputGradient, const uint8_t* choices,
                  double* parameterGradients, const StemShape& shape, const PooledRows& rows,
                  float* scratch) {
  (shape.inputs == 1
       ? stemGradientRows<Element, 1>
       : stemGradientRows<Element, 3>)(x, outputGradient, choices, parameterGradients, shape, rows, scratch);
}

}  // namespace healthtensor::avx512
