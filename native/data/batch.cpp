#include "data/batch.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>

#include <vector>

#include "failure.h"

namespace healthtensor {

BatchBuilder::BatchBuilder(std::shared_ptr<const PixelCache> cache, const ModelSpec& spec, at::Device device,
                           at::ScalarType type)
    : cache_(std::move(cache)), device_(device), normalisation_(spec, type, device) {
  if (cache_->imageSize() != spec.imageSize) {
    throw Failure("BAD_CONFIG", "The model takes images of " + std::to_string(spec.imageSize) +
                                    " pixels but the pixel cache has " + std::to_string(cache_->imageSize()));
  }
}

Batch BatchBuilder::build(std::span<const uint32_t> rows) const {
  return assemble(
      rows, [&](int64_t i, std::span<uint8_t> out) { cache_->read(rows[static_cast<size_t>(i)], out); });
}

Batch BatchBuilder::build(std::span<const uint32_t> rows, const Augmentation& augmentation, uint64_t seed,
                          int64_t firstPosition) const {
  if (augmentation.isOff()) return build(rows);
  const int64_t size = cache_->imageSize();
  return assemble(rows, [&](int64_t i, std::span<uint8_t> out) {
    std::vector<uint8_t> pixels(out.size());
    cache_->read(rows[static_cast<size_t>(i)], pixels);
    distort(drawDistortion(augmentation, size, seed, firstPosition + i), pixels, size, out);
  });
}

// `read(i, out)` puts the pixels of the batch's image i into `out`; it is called from several threads.
template <typename Read>
Batch BatchBuilder::assemble(std::span<const uint32_t> rows, const Read& read) const {
  const auto count = static_cast<int64_t>(rows.size());
  return {device_.is_cpu() ? onHost(count, read) : onDevice(count, read), labels(rows)};
}

template <typename Read>
at::Tensor BatchBuilder::onHost(int64_t count, const Read& read) const {
  const int64_t size = cache_->imageSize();
  at::Tensor images =
      at::empty({count, normalisation_.channels(), size, size},
                at::TensorOptions(normalisation_.type()).memory_format(at::MemoryFormat::ChannelsLast));
  auto* out = static_cast<std::byte*>(images.mutable_data_ptr());
  const size_t imageBytes = images.nbytes() / static_cast<size_t>(std::max<int64_t>(count, 1));
  at::parallel_for(0, count, 1, [&](int64_t begin, int64_t end) {
    std::vector<uint8_t> pixels(static_cast<size_t>(size * size));
    for (int64_t i = begin; i < end; ++i) {
      read(i, std::span(pixels));
      normalisation_.write(pixels, out + static_cast<size_t>(i) * imageBytes);
    }
  });
  return images;
}

template <typename Read>
at::Tensor BatchBuilder::onDevice(int64_t count, const Read& read) const {
  const int64_t size = cache_->imageSize();
  const auto imagePixels = static_cast<size_t>(size * size);
  // Given back to a pool that waits for the copy before it hands the memory out again.
  at::Tensor pixels = at::empty({count, size, size}, at::TensorOptions(at::kByte).pinned_memory(true));
  auto* out = pixels.mutable_data_ptr<uint8_t>();
  at::parallel_for(0, count, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      read(i, std::span(out + static_cast<size_t>(i) * imagePixels, imagePixels));
    }
  });
  return normalisation_.apply(pixels.to(device_, /*non_blocking=*/true));
}

at::Tensor BatchBuilder::labels(std::span<const uint32_t> rows) const {
  const auto count = static_cast<int64_t>(rows.size());
  at::Tensor labels =
      at::empty({count, kClasses}, at::TensorOptions(at::kFloat).pinned_memory(!device_.is_cpu()));
  float* next = labels.mutable_data_ptr<float>();
  for (const uint32_t row : rows) {
    for (int64_t finding = 0; finding < kClasses; ++finding) {
      *next++ = cache_->hasFinding(row, finding) ? 1.0f : 0.0f;
    }
  }
  return labels.to(device_, /*non_blocking=*/true);
}

}  // namespace healthtensor
