#pragma once

#include <cstdint>

#include "training/loss_scaler.h"
#include "training/standing.h"

namespace healthtensor {

/// Where a training stands in its data. It moves by whole optimiser steps.
struct TrainingPosition {
  int64_t epoch = 0;   ///< epochs finished
  int64_t batch = 0;   ///< batches done in the current epoch
  int64_t steps = 0;   ///< updates of the weights in all; fewer than steps where float16 overflowed
  int64_t images = 0;  ///< images seen in the current epoch
  double lossSum = 0;  ///< sum of their losses
};

/// Everything about a training that is no tensor. No generator is part of it: see deriveSeed.
struct TrainingState {
  TrainingPosition position;
  Standing standing;
  LossScaler::State scale;
};

/// How an epoch's batches make steps.
struct EpochShape {
  int64_t batches = 0;
  int64_t accumulate = 1;

  int64_t steps() const { return (batches + accumulate - 1) / accumulate; }
};

/// Whether a training of this shape can be in the state: a checkpoint's checksum finds damage, not nonsense,
/// and a batch beyond the epoch's end would be read beyond the rows.
bool isSound(const TrainingState& state, const EpochShape& shape);

}  // namespace healthtensor
