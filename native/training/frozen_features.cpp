#include "training/frozen_features.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>

#include <filesystem>
#include <system_error>

#include "data/batch.h"
#include "data/feature_identity.h"
#include "failure.h"
#include "kernels/packed_layers.h"
#include "models/model.h"

namespace healthtensor {
namespace {

FeatureRequest featureRequest(const FrozenFeatures::Request& request) {
  std::error_code error;
  std::filesystem::create_directory(request.folder, error);
  if (error) throw Failure("WRITE_FAILED", "Cannot make " + request.folder + ": " + error.message());
  return {.folder = request.folder,
          .identity = featureIdentity(request.model, request.spec, *request.cache) + " computed in " +
                      c10::toString(request.precision),
          .rows = {request.rows.begin(), request.rows.end()},
          .type = at::kFloat,
          .batchSize = request.batchSize};
}

FeatureCache computed(const FrozenFeatures::Request& request, const Cancellation& cancellation,
                      const ProgressSink& progress) {
  const BatchBuilder batches(request.cache, request.spec, request.device, request.precision);
  PackedLayers packed;
  const auto compute = [&](std::span<const uint32_t> rows) {
    const at::NoGradGuard noGradients;
    const Pass pass = Pass::evaluation(&packed).stoppableBy(cancellation);
    return request.model.features(batches.build(rows).images, pass).to(at::kFloat);
  };
  ProgressPace pace;
  const auto report = [&](Progress now) {
    now.phase = Phase::kFeatures;
    if (pace.due(now)) progress(now);
  };
  return {featureRequest(request), compute, cancellation, report};
}

}  // namespace

FrozenFeatures::FrozenFeatures(const Request& request, const Cancellation& cancellation,
                               const ProgressSink& progress)
    : model_(request.model),
      pixels_(request.cache),
      device_(request.device),
      features_(computed(request, cancellation, progress)) {}

Answered FrozenFeatures::answer(std::span<const uint32_t> rows, const Pass& pass, uint64_t /*stepSeed*/) {
  return {.logits = logits(rows, pass), .labels = labels(rows)};
}

at::Tensor FrozenFeatures::logits(std::span<const uint32_t> rows, const Pass& pass) const {
  return model_.classify(features_.gather(rows).to(device_), pass);
}

at::Tensor FrozenFeatures::labels(std::span<const uint32_t> rows) const {
  at::Tensor labels =
      at::empty({static_cast<int64_t>(rows.size()), kClasses}, at::TensorOptions().dtype(at::kFloat));
  float* next = labels.mutable_data_ptr<float>();
  for (const uint32_t row : rows) {
    for (int64_t finding = 0; finding < kClasses; ++finding) {
      *next++ = pixels_->hasFinding(row, finding) ? 1.0f : 0.0f;
    }
  }
  return labels.to(device_);
}

}  // namespace healthtensor
