#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "cancellation.h"
#include "progress.h"
#include "training/training_input.h"

namespace healthtensor {

/// What a backbone that is not trained makes of some images, computed once: from then on only the head works.
/// The backbone runs as in evaluation, with its running statistics, so this is exact as long as the images
/// are not augmented.
class FrozenFeatures final : public TrainingInput {
 public:
  /// Of the rows of the batches' cache, in the type of the batches; kept on their device.
  FrozenFeatures(Model& model, const BatchBuilder& batches, std::span<const uint32_t> rows, int64_t batchSize,
                 const Cancellation& cancellation, const ProgressSink& progress);

  Answered answer(std::span<const uint32_t> rows, const Pass& pass, uint64_t stepSeed) override;
  /// Logits of some of the rows.
  at::Tensor logits(std::span<const uint32_t> rows, const Pass& pass) const;

 private:
  /// Where the rows' features and labels lie.
  at::Tensor places(std::span<const uint32_t> rows) const;

  Model& model_;
  at::Device device_;
  std::vector<int64_t> placeOfRow_;
  at::Tensor features_;
  at::Tensor labels_;
};

}  // namespace healthtensor
