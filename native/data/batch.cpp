#include "data/batch.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>

#include "failure.h"

namespace healthtensor {
namespace {

constexpr int64_t kGrayLevels = 256;

// The channel count is a constant here, so that the inner loop has no branch.
template <int64_t Channels>
void normalise(std::span<const uint8_t> pixels, const float* table, float* out) {
  for (const uint8_t pixel : pixels) {
    const float* values = table + pixel * Channels;
    for (int64_t channel = 0; channel < Channels; ++channel) *out++ = values[channel];
  }
}

}  // namespace

BatchBuilder::BatchBuilder(std::shared_ptr<const PixelCache> cache, const ModelSpec& spec, at::Device device,
                           at::ScalarType type)
    : cache_(std::move(cache)), channels_(spec.channels), device_(device), type_(type) {
  if (cache_->imageSize() != spec.imageSize) {
    throw Failure("BAD_CONFIG", "The model takes images of " + std::to_string(spec.imageSize) +
                                    " pixels but the pixel cache has " + std::to_string(cache_->imageSize()));
  }
  for (int64_t gray = 0; gray < kGrayLevels; ++gray) {
    for (size_t channel = 0; channel < static_cast<size_t>(channels_); ++channel) {
      const double scaled = static_cast<double>(gray) / 255;
      table_.push_back(static_cast<float>((scaled - spec.mean[channel]) / spec.std[channel]));
    }
  }
}

Batch BatchBuilder::build(std::span<const uint32_t> rows) const {
  const auto count = static_cast<int64_t>(rows.size());
  const int64_t size = cache_->imageSize();
  const int64_t pixelsPerImage = size * size;
  Batch batch{
      at::empty({count, channels_, size, size},
                at::TensorOptions().dtype(at::kFloat).memory_format(at::MemoryFormat::ChannelsLast)),
      at::empty({count, kClasses}, at::TensorOptions().dtype(at::kFloat)),
  };
  float* images = batch.images.mutable_data_ptr<float>();
  float* labels = batch.labels.mutable_data_ptr<float>();
  at::parallel_for(0, count, 1, [&](int64_t begin, int64_t end) {
    std::vector<uint8_t> pixels(static_cast<size_t>(pixelsPerImage));
    for (int64_t i = begin; i < end; ++i) {
      const uint32_t row = rows[static_cast<size_t>(i)];
      float* image = images + i * pixelsPerImage * channels_;
      cache_->read(row, pixels);
      if (channels_ == 1) {
        normalise<1>(pixels, table_.data(), image);
      } else {
        normalise<3>(pixels, table_.data(), image);
      }
      for (int64_t finding = 0; finding < kClasses; ++finding) {
        labels[i * kClasses + finding] = cache_->hasFinding(row, finding) ? 1.0f : 0.0f;
      }
    }
  });
  return {batch.images.to(device_, type_), batch.labels.to(device_)};
}

}  // namespace healthtensor
