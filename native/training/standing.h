#pragma once

#include <cstdint>
#include <limits>

#include "training/recipe.h"

namespace healthtensor {

/// How good the training has been so far, by its validations; part of the checkpoint.
struct Standing {
  double bestLoss = std::numeric_limits<double>::infinity();  ///< infinity: none yet
  int64_t bestEpoch = 0;                                      ///< counted from 1
  int64_t epochsWithoutImprovement = 0;
  int64_t lastEpoch = 0;  ///< the last epoch that was counted
  /// Of the plateau schedule: epochs since the last improvement or reduction, and the product of reductions.
  int64_t plateauEpochs = 0;
  double plateauFactor = 1;

  /// Counts the validation after an epoch (from 1), each epoch once: a training that was stopped between
  /// validation and checkpoint validates the epoch again. Returns whether it counted.
  bool count(int64_t epoch, double loss, const Recipe& recipe);

  /// Whether it can be that of a training with so many epochs finished.
  bool isSound(int64_t epochs) const;
};

}  // namespace healthtensor
