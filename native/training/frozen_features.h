#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "cancellation.h"
#include "data/feature_cache.h"
#include "models/model_spec.h"
#include "progress.h"
#include "training/training_input.h"

namespace healthtensor {

class PixelCache;

/// What a backbone that is not trained makes of images, computed once and kept in a file: from then on only
/// the head works. The backbone runs as in evaluation, with its running statistics, so this is exact as long
/// as the images are not augmented.
class FrozenFeatures final : public TrainingInput {
 public:
  struct Request {
    Model& model;
    const ModelSpec& spec;
    std::shared_ptr<const PixelCache> cache;
    at::Device device;
    /// In which the backbone runs; the features are float32, as the head is.
    at::ScalarType precision;
    /// Made if it is missing; its parent must be there.
    std::string folder;
    std::span<const uint32_t> rows;
    int64_t batchSize;
  };

  /// Opens or computes them; progress comes with the phase of features.
  FrozenFeatures(const Request& request, const Cancellation& cancellation, const ProgressSink& progress);

  Answered answer(std::span<const uint32_t> rows, const Pass& pass, uint64_t stepSeed) override;
  /// Logits of some of the rows.
  at::Tensor logits(std::span<const uint32_t> rows, const Pass& pass) const;

 private:
  at::Tensor labels(std::span<const uint32_t> rows) const;

  Model& model_;
  std::shared_ptr<const PixelCache> pixels_;
  at::Device device_;
  FeatureCache features_;
};

}  // namespace healthtensor
