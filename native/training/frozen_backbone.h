#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <optional>

#include "training/frozen_features.h"
#include "training/train_request.h"

namespace healthtensor {

/// The features of a training's frozen backbone, opened or computed when they are first asked for. One
/// process of a machine computes them, which may take long; its others wait.
class FrozenBackbone {
 public:
  /// Request and model must outlive it.
  FrozenBackbone(const TrainRequest& request, Model& model, std::shared_ptr<const PixelCache> cache,
                 at::Device device)
      : request_(request), model_(model), cache_(std::move(cache)), device_(device) {}

  /// Of the images to train on, computed in the recipe's precision.
  FrozenFeatures& training(const Cancellation& cancellation, const ProgressSink& progress);
  /// Of those to validate on, of which there must be some; computed in float32, as validators do.
  FrozenFeatures& validation(const Cancellation& cancellation, const ProgressSink& progress);

 private:
  FrozenFeatures& open(std::optional<FrozenFeatures>& features, const FrozenFeatures::Request& wanted,
                       const Cancellation& cancellation, const ProgressSink& progress) const;
  FrozenFeatures::Request wanted(const char* folder, at::ScalarType precision,
                                 std::span<const uint32_t> rows) const;

  const TrainRequest& request_;
  Model& model_;
  std::shared_ptr<const PixelCache> cache_;
  at::Device device_;
  std::optional<FrozenFeatures> training_;
  std::optional<FrozenFeatures> validation_;
};

}  // namespace healthtensor
