#pragma once

#include <c10/core/ScalarType.h>

#include <cstdint>
#include <string>
#include <vector>

#include "data/augmentation.h"
#include "device.h"
#include "models/model_spec.h"

namespace healthtensor {

/// A batch to be looked at, or to be built many times with a clock beside it.
struct BatchViewRequest {
  ModelSpec spec;
  std::string cachePath;
  std::vector<uint32_t> rows;
  DeviceChoice device;
  c10::ScalarType type = c10::ScalarType::Float;
  Augmentation augmentation;
  uint64_t seed = 0;
  int64_t firstPosition = 0;
  int64_t rounds = 1;
  /// Normalised by the tensor operations that serve a GPU, not augmented.
  bool byTensors = false;
};

struct BatchView {
  std::vector<float> images;         ///< of the last round: [n][y][x][channel]
  std::vector<float> labels;         ///< [n][class]
  std::vector<double> milliseconds;  ///< of each round
};

/// What training gets to see: for tests, benchmarks and contact sheets.
BatchView viewBatch(const BatchViewRequest& request);

}  // namespace healthtensor
