#pragma once

#include <cstdint>
#include <vector>

#include "data/feature_cache.h"

namespace healthtensor {

/// The feature cache with made-up features, for its tests: feature j of row i is i + j / 1024.
struct FeatureViewRequest {
  FeatureRequest features;
  int64_t width = 0;
  /// The computation fails after this many batches, as if the process had ended; -1: never.
  int64_t failAfter = -1;
  std::vector<uint32_t> gather;
};

struct FeatureView {
  std::vector<float> values;  ///< of the gathered rows, [n][width]
  int64_t computed = 0;       ///< rows that were not found in the file
};

FeatureView viewFeatures(const FeatureViewRequest& request, const Cancellation& cancellation,
                         const ProgressSink& progress);

}  // namespace healthtensor
