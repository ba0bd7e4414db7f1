#include "evaluation/calibration.h"

#include <algorithm>
#include <cmath>

namespace healthtensor {

void Calibration::add(double probability, bool present) {
  const int index = std::min(static_cast<int>(probability * kBins), kBins - 1);
  Bin& bin = bins_[static_cast<size_t>(index)];
  bin.count += 1;
  bin.positives += present;
  bin.probabilities += probability;
  const double error = probability - (present ? 1 : 0);
  squares_ += error * error;
  count_ += 1;
}

double Calibration::brier() const { return squares_ / static_cast<double>(count_); }

double Calibration::expectedError() const {
  double sum = 0;
  // A bin's weight times its difference of means is its difference of sums.
  for (const Bin& bin : bins_) sum += std::abs(bin.probabilities - static_cast<double>(bin.positives));
  return sum / static_cast<double>(count_);
}

}  // namespace healthtensor
