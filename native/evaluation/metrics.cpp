#include "evaluation/metrics.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace healthtensor {

double binaryCrossEntropy(double logit, bool present) {
  return std::max(logit, 0.0) - (present ? logit : 0.0) + std::log1p(std::exp(-std::abs(logit)));
}

std::optional<double> areaUnderRoc(std::span<const float> scores, std::span<const uint8_t> positives) {
  const double positiveCount = static_cast<double>(std::ranges::count(positives, 1));
  const double negativeCount = static_cast<double>(scores.size()) - positiveCount;
  if (positiveCount == 0 || negativeCount == 0) return std::nullopt;

  std::vector<size_t> order(scores.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::sort(order, {}, [&](size_t i) { return scores[i]; });
  double positiveRanks = 0;
  for (size_t first = 0; first < order.size();) {
    size_t end = first;
    size_t positivesInTie = 0;
    while (end < order.size() && scores[order[end]] == scores[order[first]])
      positivesInTie += positives[order[end++]];
    // Ranks first+1 .. end share their average.
    positiveRanks += static_cast<double>(positivesInTie) * static_cast<double>(first + 1 + end) / 2;
    first = end;
  }
  const double wins = positiveRanks - positiveCount * (positiveCount + 1) / 2;
  return wins / (positiveCount * negativeCount);
}

}  // namespace healthtensor
