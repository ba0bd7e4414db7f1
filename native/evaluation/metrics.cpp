#include "evaluation/metrics.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

namespace healthtensor {
namespace {

// Score and label in one number that sorts by score: integers sort several times faster than indices into the
// scores do. The upper half is the float's bits, made monotone; the lowest bit is the label.
uint64_t sortKey(float score, bool positive) {
  constexpr uint32_t kSign = 0x8000'0000;
  const auto bits = std::bit_cast<uint32_t>(score + 0.0f);  // -0 becomes 0: they are equal
  const uint32_t ordered = (bits & kSign) != 0 ? ~bits : bits | kSign;
  return static_cast<uint64_t>(ordered) << 32 | static_cast<uint64_t>(positive);
}

}  // namespace

double binaryCrossEntropy(double logit, bool present) {
  return std::max(logit, 0.0) - (present ? logit : 0.0) + std::log1p(std::exp(-std::abs(logit)));
}

double sigmoid(double logit) {
  const double small = std::exp(-std::abs(logit));
  return (logit < 0 ? small : 1.0) / (1 + small);
}

Ranking ranking(std::span<const float> scores, std::span<const uint16_t> labels, int bit) {
  std::vector<uint64_t> keys(scores.size());
  uint64_t positives = 0;
  for (size_t i = 0; i < scores.size(); ++i) {
    const bool positive = (labels[i] >> bit & 1) != 0;
    keys[i] = sortKey(scores[i], positive);
    positives += positive;
  }
  if (positives == 0) return {};
  const uint64_t negatives = keys.size() - positives;

  std::ranges::sort(keys, std::ranges::greater());
  uint64_t above = 0;           // images with a higher score
  uint64_t positivesAbove = 0;  // and those of them that are positives
  double wins = 0;
  double precisionSum = 0;
  for (auto first = keys.begin(); first != keys.end();) {
    const uint64_t score = *first >> 32;
    uint64_t tiedPositives = 0;
    auto end = first;
    for (; end != keys.end() && *end >> 32 == score; ++end) tiedPositives += *end & 1;
    const auto tied = static_cast<uint64_t>(end - first);
    const uint64_t tiedNegatives = tied - tiedPositives;
    const uint64_t negativesBelow = negatives - (above - positivesAbove) - tiedNegatives;
    wins += static_cast<double>(tiedPositives) *
            (static_cast<double>(negativesBelow) + static_cast<double>(tiedNegatives) / 2);
    above += tied;
    positivesAbove += tiedPositives;
    precisionSum +=
        static_cast<double>(tiedPositives) * static_cast<double>(positivesAbove) / static_cast<double>(above);
    first = end;
  }
  Ranking ranking{.auroc = {}, .auprc = precisionSum / static_cast<double>(positives)};
  if (negatives > 0) ranking.auroc = wins / (static_cast<double>(positives) * static_cast<double>(negatives));
  return ranking;
}

}  // namespace healthtensor
