#include "data/normalisation.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <cstring>

#include "failure.h"

namespace healthtensor {
namespace {

constexpr int64_t kGrayLevels = 256;

// `Bits` is an unsigned integer of the values' size: they are only moved.
template <typename Bits>
void writeGray(std::span<const uint8_t> pixels, const Bits* table, Bits* out) {
  for (const uint8_t pixel : pixels) *out++ = table[pixel];
}

template <typename Bits>
void writeColour(std::span<const uint8_t> pixels, const Bits* table, Bits* out) {
  const size_t last = pixels.size() - 1;
  // The fourth value lands where the next pixel's first will.
  for (size_t i = 0; i < last; ++i, out += 3) std::memcpy(out, table + 4 * pixels[i], 4 * sizeof(Bits));
  std::memcpy(out, table + 4 * pixels[last], 3 * sizeof(Bits));
}

template <typename Bits>
void writePixels(std::span<const uint8_t> pixels, int64_t channels, const void* table, void* out) {
  const auto* values = static_cast<const Bits*>(table);
  if (channels == 1) {
    writeGray(pixels, values, static_cast<Bits*>(out));
  } else {
    writeColour(pixels, values, static_cast<Bits*>(out));
  }
}

}  // namespace

Normalisation::Normalisation(const ModelSpec& spec, at::ScalarType type, at::Device device)
    : channels_(spec.channels) {
  if (type != at::kFloat && type != at::kBFloat16 && type != at::kHalf) {
    throw Failure("BAD_ARGUMENT",
                  std::string("Expected float32, bfloat16 or float16 but received ") + c10::toString(type));
  }
  const int64_t stride = channels_ == 1 ? 1 : 4;
  at::Tensor exact = at::zeros({kGrayLevels, stride}, at::kFloat);
  float* values = exact.mutable_data_ptr<float>();
  for (int64_t gray = 0; gray < kGrayLevels; ++gray) {
    for (int64_t channel = 0; channel < channels_; ++channel) {
      const auto c = static_cast<size_t>(channel);
      const double scaled = static_cast<double>(gray) / 255;
      values[gray * stride + channel] = static_cast<float>((scaled - spec.mean[c]) / spec.std[c]);
    }
  }
  table_ = exact.to(type);
  deviceTable_ = table_.narrow(1, 0, channels_).contiguous().to(device);
}

void Normalisation::write(std::span<const uint8_t> pixels, void* out) const {
  if (type() == at::kFloat) {
    writePixels<uint32_t>(pixels, channels_, table_.const_data_ptr(), out);
  } else {
    writePixels<uint16_t>(pixels, channels_, table_.const_data_ptr(), out);
  }
}

at::Tensor Normalisation::apply(const at::Tensor& pixels) const {
  const at::Tensor values = deviceTable_.index_select(0, pixels.reshape({-1}).to(at::kInt));
  return values.view({pixels.size(0), pixels.size(1), pixels.size(2), channels_}).permute({0, 3, 1, 2});
}

}  // namespace healthtensor
