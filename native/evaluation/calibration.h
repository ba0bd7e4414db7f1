#pragma once

#include <array>
#include <cstdint>

namespace healthtensor {

/// Whether probabilities mean what they say: collected one at a time, in constant memory.
class Calibration {
 public:
  /// The predicted probability of one finding in one image, and whether it is there.
  void add(double probability, bool present);

  /// Mean of (probability - label)^2 (Brier 1950); 0 is best. NaN when nothing was added.
  double brier() const;
  /// Expected calibration error (Naeini et al. 2015) of the probability of presence: over 15 bins of equal
  /// width, the mean of |mean probability - share of positives| weighted by the images in the bin. Bin i
  /// holds i/15 <= p < (i+1)/15, the last one also 1.
  double expectedError() const;

 private:
  static constexpr int kBins = 15;
  struct Bin {
    int64_t count = 0;
    int64_t positives = 0;
    double probabilities = 0;
  };
  std::array<Bin, kBins> bins_;
  double squares_ = 0;
  int64_t count_ = 0;
};

}  // namespace healthtensor
