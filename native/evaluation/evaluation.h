#pragma once

#include <array>
#include <optional>
#include <vector>

#include "models/model_spec.h"

namespace healthtensor {

/// What a model is worth on one finding; metrics.h and calibration.h define the figures.
struct FindingMetrics {
  std::optional<double> auroc;
  std::optional<double> auprc;
  double brier = 0;
  double ece = 0;
};

/// What a model is worth on a list of images.
struct Evaluation {
  double loss = 0;                  ///< mean binary cross-entropy over images and findings
  std::vector<float> perImageLoss;  ///< mean over findings, in the order of the rows
  std::vector<float> logits;        ///< [rows][findings]
  std::array<FindingMetrics, kClasses> findings;
};

}  // namespace healthtensor
