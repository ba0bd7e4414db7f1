#pragma once

#include <limits>

#include "kernels/avx512/choices.h"
#include "kernels/avx512/stem_rows.h"

// The forward pass of stem.h, for the element type that the including file instantiates it with.

namespace healthtensor::avx512 {
namespace {

/// Where in a 4x4 neighbourhood (row * 4 + column) the 3x3 of each of the four convolved values begins.
constexpr int kCorners[] = {0, 1, 4, 5};
/// Instead of a corner, where no gradient flows: ReLU has cut the value off.
constexpr int kNoChoice = 16;

struct Pooled {
  __m512 value;
  __m512i choice;
};

/// ReLU of the largest of four; the first of equal ones is chosen. A NaN stays one.
HEALTHTENSOR_INLINE Pooled pooledOf(__m512 a, __m512 b, __m512 c, __m512 d) {
  const __mmask16 bad = _mm512_cmp_ps_mask(a, b, _CMP_UNORD_Q) | _mm512_cmp_ps_mask(c, d, _CMP_UNORD_Q);
  const __mmask16 right = _mm512_cmp_ps_mask(b, a, _CMP_GT_OQ);
  const __m512 upper = _mm512_mask_mov_ps(a, right, b);
  const __mmask16 lowerRight = _mm512_cmp_ps_mask(d, c, _CMP_GT_OQ);
  const __m512 lower = _mm512_mask_mov_ps(c, lowerRight, d);
  const __mmask16 down = _mm512_cmp_ps_mask(lower, upper, _CMP_GT_OQ);
  const __m512 largest = _mm512_mask_mov_ps(upper, down, lower);
  __m512i choice = _mm512_maskz_set1_epi32(right, kCorners[1]);
  const __m512i below = _mm512_mask_set1_epi32(_mm512_set1_epi32(kCorners[2]), lowerRight, kCorners[3]);
  choice = _mm512_mask_mov_epi32(choice, down, below);
  const __mmask16 cut = _mm512_cmp_ps_mask(largest, _mm512_setzero_ps(), _CMP_LE_OQ);
  choice = _mm512_mask_set1_epi32(choice, cut, kNoChoice);
  const __m512 value = _mm512_max_ps(_mm512_setzero_ps(), largest);
  return {_mm512_mask_mov_ps(value, bad, _mm512_set1_ps(std::numeric_limits<float>::quiet_NaN())), choice};
}

/// `columns` neighbouring outputs, all channels of a block: two rows of twice as many convolved values.
template <int columns, bool choosing, typename Rows, typename Element, int inputs, bool whole>
HEALTHTENSOR_INLINE void stemStep(const ChannelBlock<Element, whole>& block, const Rows& rows,
                                  const float* parameters, Element* y, uint8_t* choices, int64_t column,
                                  const StemShape& shape) {
  constexpr int kernel = StemShape::kKernel;
  constexpr int across = 2 * columns;
  const Lanes bias = loadLanes(parameters + kernel * kernel * inputs * kBlock);
  Lanes sums[2 * across];
  unroll<2 * across>([&](auto i) HEALTHTENSOR_LAMBDA { sums[i] = bias; });
  for (int kernelRow = 0; kernelRow < kernel; ++kernelRow) {
    unroll<inputs>([&](auto input) HEALTHTENSOR_LAMBDA {
      const float* const above = rows.row(kernelRow, input) + 2 * column;
      const float* const below = rows.row(kernelRow + 1, input) + 2 * column;
      unroll<kernel>([&](auto kernelColumn) HEALTHTENSOR_LAMBDA {
        const Lanes tap =
            loadLanes(parameters + ((kernelRow * kernel + kernelColumn) * inputs + input) * kBlock);
        unroll<across>([&](auto i) HEALTHTENSOR_LAMBDA {
          const __m512 upper = _mm512_set1_ps(above[i + kernelColumn]);
          const __m512 lower = _mm512_set1_ps(below[i + kernelColumn]);
          sums[i] = multiplyAdd(tap, Lanes{upper, upper}, sums[i]);
          sums[across + i] = multiplyAdd(tap, Lanes{lower, lower}, sums[across + i]);
        });
      });
    });
  }
  unroll<columns>([&](auto t) HEALTHTENSOR_LAMBDA {
    const Lanes& a = sums[2 * t];
    const Lanes& b = sums[2 * t + 1];
    const Lanes& c = sums[across + 2 * t];
    const Lanes& d = sums[across + 2 * t + 1];
    const Pooled first = pooledOf(a.first, b.first, c.first, d.first);
    const Pooled second = pooledOf(a.second, b.second, c.second, d.second);
    block.store(y + t * shape.outputs, {first.value, second.value});
    if constexpr (choosing) {
      storeChoices(choices + t * blocksOf(shape.outputs) * kBlock, first.choice, second.choice);
    }
  });
}

template <bool choosing, typename Element, int inputs, bool whole>
void stemRow(const ChannelBlock<Element, whole>& block, const StemRows<Element, inputs>& rows,
             const float* parameters, Element* y, uint8_t* choices, const StemShape& shape) {
  constexpr int kColumns = 2;
  const int64_t width = shape.pooledWidth();
  const auto step = [&](auto columns, int64_t column) HEALTHTENSOR_LAMBDA {
    stemStep<columns, choosing, StemRows<Element, inputs>, Element, inputs, whole>(
        block, rows, parameters, y + column * shape.outputs,
        choosing ? choices + column * blocksOf(shape.outputs) * kBlock : nullptr, column, shape);
  };
  int64_t column = 0;
  for (; column + kColumns <= width; column += kColumns) {
    step(std::integral_constant<int, kColumns>(), column);
  }
  if (column < width) step(std::integral_constant<int, 1>(), column);
}

template <typename Element, int inputs, bool choosing>
void stemForwardRows(const Element* x, const float* parameters, Element* y, uint8_t* choices,
                     const StemShape& shape, const PooledRows& rows, float* scratch) {
  StemRows<Element, inputs> input(x + rows.image * shape.height * shape.width * inputs, shape, scratch);
  const int64_t blocks = blocksOf(shape.outputs);
  for (int64_t row = rows.first; row < rows.last; ++row) {
    input.moveTo(row, row == rows.first);
    const int64_t pixel = (rows.image * shape.pooledHeight() + row) * shape.pooledWidth();
    for (int64_t block = 0; block < blocks; ++block) {
      const float* const own = parameters + block * (shape.taps() + 1) * kBlock;
      Element* const out = y + pixel * shape.outputs + block * kBlock;
      uint8_t* const chosen = choosing ? choices + (pixel * blocks + block) * kBlock : nullptr;
      const int64_t channels = shape.outputs - block * kBlock;
      if (channels >= kBlock) {
        stemRow<choosing, Element, inputs>(ChannelBlock<Element, true>(kBlock), input, own, out, chosen,
                                           shape);
      } else {
        stemRow<choosing, Element, inputs>(ChannelBlock<Element, false>(channels), input, own, out, chosen,
                                           shape);
      }
    }
  }
}

}  // namespace

template <typename Element>
void stemForward(const Element* x, const float* parameters, Element* y, uint8_t* choices,
                 const StemShape& shape, const PooledRows& rows, float* scratch) {
  const bool choosing = choices != nullptr;
  if (shape.inputs == 1) {
    (choosing ? stemForwardRows<Element, 1, true>
              : stemForwardRows<Element, 1, false>)(x, parameters, y, choices, shape, rows, scratch);
  } else {
    (choosing ? stemForwardRows<Element, 3, true>
              : stemForwardRows<Element, 3, false>)(x, parameters, y, choices, shape, rows, scratch);
  }
}

}  // namespace healthtensor::avx512
