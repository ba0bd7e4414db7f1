#include "kernels/batch_moments.h"

#include <ATen/TensorOperators.h>

#include "distributed/collective.h"
#include "failure.h"

namespace healthtensor {

void requireVariance(double count) {
  if (count > 1) return;
  throw Failure(
      "BATCH_TOO_SMALL",
      "Batch normalisation needs more than one value a channel: train with a --batch_size of 2 or more");
}

BatchMoments batchMoments(at::Tensor totals, Collective* collective) {
  if (collective != nullptr) collective->sum(totals);
  const int64_t channels = totals.size(0) / 2;
  const double count = totals[2 * channels].item<double>();
  requireVariance(count);
  at::Tensor mean = totals.narrow(0, 0, channels) / count;
  at::Tensor variance = (totals.narrow(0, channels, channels) / count - mean * mean).clamp_min_(0);
  return {mean, variance, count};
}

void updateRunning(const NormTensors& norm, const BatchMoments& moments) {
  const auto type = norm.runningMean.scalar_type();
  const at::Tensor unbiased = moments.variance * (moments.count / (moments.count - 1));
  at::Tensor(norm.runningMean).lerp_(moments.mean.to(type), norm.momentum);
  at::Tensor(norm.runningVariance).lerp_(unbiased.to(type), norm.momentum);
}

}  // namespace healthtensor
