#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace healthtensor {

/// Binary cross-entropy of one logit in nats, in the form that overflows for no finite logit:
/// max(x, 0) - x y + log(1 + exp(-|x|)).
double binaryCrossEntropy(double logit, bool present);

/// Area under the ROC curve by ranks (Hanley and McNeil 1982): the chance that a positive scores above a
/// negative, ties counting half. `positives` holds 1 or 0 a score. Empty when there are only positives or
/// only negatives. Scores must not be NaN.
std::optional<double> areaUnderRoc(std::span<const float> scores, std::span<const uint8_t> positives);

}  // namespace healthtensor
