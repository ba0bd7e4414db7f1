#pragma once

#include <ATen/core/Tensor.h>

#include "kernels/norm_activation.h"

namespace healthtensor {

/// Mean and biased variance of a batch per channel, float64 [C], and the number of values they are over.
struct BatchMoments {
  at::Tensor mean;
  at::Tensor variance;
  double count;
};

/// Throws BATCH_TOO_SMALL for one value a channel, which has no variance: the unbiased estimate would divide
/// by zero and poison the running one for good.
void requireVariance(double count);

/// From float64 [2 C + 1]: the sums of the values, of their squares, and their number, of this process.
/// Summed over the processes in place if there is a collective.
BatchMoments batchMoments(at::Tensor totals, Collective* collective);

/// Moves the running estimates towards the batch's moments.
void updateRunning(const NormTensors& norm, const BatchMoments& moments);

/// Batch norm by ATen with the statistics of all processes. Differentiable in x, weight and bias, whose
/// gradients are this process' part.
at::Tensor synchronisedNorm(const at::Tensor& x, const NormTensors& norm, Collective& collective);

}  // namespace healthtensor
