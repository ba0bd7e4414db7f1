#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace healthtensor {

/// Binary cross-entropy of one logit in nats, in the form that overflows for no finite logit:
/// max(x, 0) - x y + log(1 + exp(-|x|)).
double binaryCrossEntropy(double logit, bool present);

/// 1 / (1 + exp(-x)), which overflows for no logit.
double sigmoid(double logit);

/// How well scores order the images; nothing here depends on more than their order.
struct Ranking {
  /// Area under the ROC curve by ranks (Hanley and McNeil 1982): the chance that a positive scores above a
  /// negative, ties counting half. Empty when there are only positives or only negatives.
  std::optional<double> auroc;
  /// Average precision: the sum over thresholds of (recall gained) x precision, without interpolation, equal
  /// scores being one threshold; scikit-learn's average_precision_score. Empty when there is no positive.
  std::optional<double> auprc;
};

/// The ranking of some scores, none of them NaN. Score i belongs to a positive when `bit` of labels[i] is
/// set. Takes 8 bytes a score while it works.
Ranking ranking(std::span<const float> scores, std::span<const uint16_t> labels, int bit);

}  // namespace healthtensor
