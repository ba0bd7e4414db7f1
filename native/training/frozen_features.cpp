#include "training/frozen_features.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>

#include <algorithm>

#include "data/batch.h"
#include "kernels/packed_layers.h"
#include "models/model.h"

namespace healthtensor {

FrozenFeatures::FrozenFeatures(Model& model, const BatchBuilder& batches, std::span<const uint32_t> rows,
                               int64_t batchSize, const Cancellation& cancellation,
                               const ProgressSink& progress)
    : model_(model), device_(at::kCPU), placeOfRow_(static_cast<size_t>(batches.cache().images()), 0) {
  const at::NoGradGuard noGradients;
  const auto images = static_cast<int64_t>(rows.size());
  const int64_t batchCount = (images + batchSize - 1) / batchSize;
  const Stopwatch watch;
  ProgressPace pace;
  PackedLayers packed;
  for (int64_t batch = 0; batch < batchCount; ++batch) {
    cancellation.throwIfCancelled();
    const int64_t first = batch * batchSize;
    const int64_t count = std::min(batchSize, images - first);
    const Batch built = batches.build(rows.subspan(static_cast<size_t>(first), static_cast<size_t>(count)));
    const at::Tensor part = model.features(built.images, Pass::evaluation(&packed));
    if (batch == 0) {
      features_ = at::empty({images, part.size(1)}, part.options());
      labels_ = at::empty({images, built.labels.size(1)}, built.labels.options());
      device_ = part.device();
    }
    features_.narrow(/*dim=*/0, first, count).copy_(part);
    labels_.narrow(/*dim=*/0, first, count).copy_(built.labels);
    const int64_t done = first + count;
    const Progress report{.phase = Phase::kFeatures,
                          .batch = batch + 1,
                          .batches = batchCount,
                          .images = done,
                          .imagesPerSecond = static_cast<double>(done) / watch.seconds()};
    if (pace.due(report)) progress(report);
  }
  for (size_t place = 0; place < rows.size(); ++place) placeOfRow_[rows[place]] = static_cast<int64_t>(place);
}

at::Tensor FrozenFeatures::places(std::span<const uint32_t> rows) const {
  at::Tensor places = at::empty({static_cast<int64_t>(rows.size())}, at::TensorOptions().dtype(at::kLong));
  std::ranges::transform(rows, places.mutable_data_ptr<int64_t>(),
                         [&](uint32_t row) { return placeOfRow_[row]; });
  return places.to(device_);
}

Answered FrozenFeatures::answer(std::span<const uint32_t> rows, const Pass& pass, uint64_t /*stepSeed*/) {
  const at::Tensor at = places(rows);
  return {.logits = model_.classify(features_.index_select(/*dim=*/0, at), pass),
          .labels = labels_.index_select(/*dim=*/0, at)};
}

at::Tensor FrozenFeatures::logits(std::span<const uint32_t> rows, const Pass& pass) const {
  return model_.classify(features_.index_select(/*dim=*/0, places(rows)), pass);
}

}  // namespace healthtensor
