#include "training/standing.h"

#include <algorithm>
#include <cmath>

namespace healthtensor {

bool Standing::count(int64_t epoch, double loss, const Recipe& recipe) {
  if (epoch <= lastEpoch) return false;
  lastEpoch = epoch;
  if (loss < bestLoss) {
    bestLoss = loss;
    bestEpoch = epoch;
    epochsWithoutImprovement = 0;
    plateauEpochs = 0;
    return true;
  }
  epochsWithoutImprovement += 1;
  plateauEpochs += 1;
  if (plateauEpochs >= recipe.plateauPatience) {
    plateauFactor = std::max(plateauFactor * recipe.plateauFactor, recipe.minimumRate);
    plateauEpochs = 0;
  }
  return true;
}

bool Standing::isSound(int64_t epochs) const {
  const auto within = [](int64_t number, int64_t limit) { return number >= 0 && number <= limit; };
  return !std::isnan(bestLoss) && within(lastEpoch, epochs) && within(bestEpoch, lastEpoch) &&
         within(epochsWithoutImprovement, lastEpoch) && within(plateauEpochs, epochsWithoutImprovement) &&
         plateauFactor >= 0 && plateauFactor <= 1;
}

}  // namespace healthtensor
