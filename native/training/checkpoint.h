#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace healthtensor {

/// Where a training stands, besides its tensors.
struct TrainingPosition {
  int64_t epoch = 0;   ///< epochs finished
  int64_t batch = 0;   ///< batches done in the current epoch
  int64_t steps = 0;   ///< optimiser steps in all
  int64_t images = 0;  ///< images seen in the current epoch
  double lossSum = 0;  ///< sum of their losses
};

/// What a checkpoint belongs to, as lines of `name=value`: another value means another training.
using TrainingIdentity = std::vector<std::pair<std::string, std::string>>;

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

/// Writes identity, position and tensors to one file with a checksum, atomically; with `keepPrevious` the
/// file that stood there stays as `<path>.previous`. No generator state is needed: see deriveSeed. A tensor
/// with a NaN or an infinity is NOT_FINITE, and the file as it was: nobody could go on from it.
void writeCheckpoint(const std::string& path, const TrainingIdentity& identity,
                     const TrainingPosition& position, const NamedTensors& tensors, bool keepPrevious);

/// Fills the tensors in place and returns the position. The checksum is verified before any tensor is
/// touched, and the position fits `batchesPerEpoch`. Throws CHECKPOINT_MISSING, CHECKPOINT_DAMAGED, or
/// CHECKPOINT_MISMATCH when it belongs to another training.
TrainingPosition readCheckpoint(const std::string& path, const TrainingIdentity& identity,
                                int64_t batchesPerEpoch, NamedTensors& tensors);

std::string previousCheckpoint(const std::string& path);

}  // namespace healthtensor
