#pragma once

#include <string>
#include <utility>
#include <vector>

#include "evaluation/evaluate.h"

namespace healthtensor {

/// What one pass in training mode over a batch gives.
struct TrainingPass {
  double loss = 0;
  /// Of each parameter its gradient, of each running statistic its new value; row-major.
  std::vector<std::pair<std::string, std::vector<float>>> tensors;
};

/// Loads weights and runs all rows as one batch: forward with the batch's statistics, mean binary
/// cross-entropy, backward; no step. For comparing the networks with other implementations.
TrainingPass trainingPass(const EvaluateRequest& request);

}  // namespace healthtensor
