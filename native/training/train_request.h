#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "device.h"
#include "models/model_spec.h"
#include "training/recipe.h"
#include "training/training_state.h"

namespace healthtensor {

class PixelCache;
class ProcessGroup;

/// What to train on what, and how.
struct TrainRequest {
  ModelSpec spec;
  std::string cachePath;
  std::vector<uint32_t> trainRows;
  std::vector<uint32_t> validationRows;
  int64_t batchSize = 0;
  Recipe recipe;
  uint64_t seed = 0;
  DeviceChoice device;
  std::string checkpointPath;
  bool resume = false;
  /// Safetensors file that a fresh training starts from; empty: from random weights.
  std::string pretrainedPath;
  /// Existing folder for the features of a frozen backbone; only then needed.
  std::string featureFolder;
  /// The processes that train it together; null: this one alone. Only rank 0 reads and writes checkpoints;
  /// the others get their start from it.
  std::shared_ptr<ProcessGroup> group;

  bool isFrozen() const { return recipe.backboneRate == 0; }
  /// Whether this process is the one that reads and writes checkpoints.
  bool leads() const;
};

/// Throws NO_IMAGES or BAD_RECIPE for what cannot be trained.
void checkRequest(const TrainRequest& request);

/// The request's pixel cache, which has all of its rows. Throws BAD_PIXEL_CACHE, BAD_INDEX.
std::shared_ptr<const PixelCache> openCache(const TrainRequest& request);

EpochShape epochShape(const TrainRequest& request);

}  // namespace healthtensor
