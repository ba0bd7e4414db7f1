#pragma once

#include "kernels/avx512/choices.h"
#include "kernels/avx512/max_pool.h"

// Both passes of max_pool.h, for the element type that the including file instantiates them with.

namespace healthtensor::avx512 {
namespace {

/// Calls body(block, first channel) for the blocks of a pixel.
template <typename Element, typename Body>
HEALTHTENSOR_INLINE void forEachPixelBlock(int64_t channels, const Body& body) {
  const int64_t whole = channels / kBlock * kBlock;
  for (int64_t channel = 0; channel < whole; channel += kBlock) {
    body(ChannelBlock<Element, true>(kBlock), channel);
  }
  if (whole < channels) body(ChannelBlock<Element, false>(channels - whole), whole);
}

HEALTHTENSOR_INLINE void takeLarger(__m512& largest, __m512i& choice, __m512 value, int tap) {
  const __mmask16 larger =
      _mm512_cmp_ps_mask(value, largest, _CMP_GT_OQ) | _mm512_cmp_ps_mask(value, value, _CMP_UNORD_Q);
  largest = _mm512_mask_mov_ps(largest, larger, value);
  choice = _mm512_mask_set1_epi32(choice, larger, tap);
}

}  // namespace

template <typename Element>
void maxPoolForward(const Element* x, Element* y, uint8_t* choices, const MaxPoolShape& shape, int64_t first,
                    int64_t last) {
  const int64_t choicesOfPixel = blocksOf(shape.channels) * kBlock;
  for (int64_t line = first; line < last; ++line) {
    const int64_t output = line % shape.outputHeight();
    const Element* const image =
        x + line / shape.outputHeight() * shape.height * shape.width * shape.channels;
    const auto rows = shape.pixelsOf(output, shape.height);
    for (int64_t place = 0; place < shape.outputWidth(); ++place) {
      const auto columns = shape.pixelsOf(place, shape.width);
      const int64_t pixel = line * shape.outputWidth() + place;
      // Where the first pixel would be in a window that no edge cuts off.
      const int64_t corner =
          (output * shape.stride - shape.padding) * shape.kernel + (place * shape.stride - shape.padding);
      forEachPixelBlock<Element>(shape.channels, [&](auto block, int64_t channel) HEALTHTENSOR_LAMBDA {
        const auto at = [&](int64_t row, int64_t column) HEALTHTENSOR_LAMBDA {
          return block.load(image + (row * shape.width + column) * shape.channels + channel);
        };
        Lanes largest = at(rows.first, columns.first);
        __m512i choice =
            _mm512_set1_epi32(static_cast<int>(rows.first * shape.kernel + columns.first - corner));
        __m512i other = choice;
        for (int64_t row = rows.first; row < rows.last; ++row) {
          for (int64_t column = columns.first; column < columns.last; ++column) {
            const Lanes value = at(row, column);
            const int tap = static_cast<int>(row * shape.kernel + column - corner);
            takeLarger(largest.first, choice, value.first, tap);
            takeLarger(largest.second, other, value.second, tap);
          }
        }
        block.store(y + pixel * shape.channels + channel, largest);
        if (choices != nullptr) storeChoices(choices + pixel * choicesOfPixel + channel, choice, other);
      });
    }
  }
}

template <typename Element>
void maxPoolGradient(const Element* outputGradient, const uint8_t* choices, Element* inputGradient,
                     const MaxPoolShape& shape, int64_t first, int64_t last) {
  const int64_t choicesOfPixel = blocksOf(shape.channels) * kBlock;
  for (int64_t line = first; line < last; ++line) {
    const int64_t row = line % shape.height;
    const int64_t image = line / shape.height * shape.outputHeight();
    const auto outputs = shape.outputsOf(row, shape.height);
    for (int64_t column = 0; column < shape.width; ++column) {
      const auto places = shape.outputsOf(column, shape.width);
      forEachPixelBlock<Element>(shape.channels, [&](auto block, int64_t channel) HEALTHTENSOR_LAMBDA {
        Lanes sum = zeroLanes();
        for (int64_t output = outputs.first; output < outputs.last; ++output) {
          for (int64_t place = places.first; place < places.last; ++place) {
            const int64_t pixel = (image + output) * shape.outputWidth() + place;
            const int64_t tap = (row + shape.padding - output * shape.stride) * shape.kernel +
                                (column + shape.padding - place * shape.stride);
            const auto* const chosen =
                reinterpret_cast<const __m256i*>(choices + pixel * choicesOfPixel + channel);
            const __mmask32 here =
                _mm256_cmpeq_epi8_mask(_mm256_loadu_si256(chosen), _mm256_set1_epi8(static_cast<char>(tap)));
            const Lanes gradient = block.load(outputGradient + pixel * shape.channels + channel);
            sum.first =
                _mm512_mask_add_ps(sum.first, static_cast<__mmask16>(here), sum.first, gradient.first);
            sum.second = _mm512_mask_add_ps(sum.second, static_cast<__mmask16>(here >> kHalf), sum.second,
                                            gradient.second);
          }
        }
        block.store(inputGradient + (line * shape.width + column) * shape.channels + channel, sum);
      });
    }
  }
}

}  // namespace healthtensor::avx512
