#include "training/training_state.h"

#include <cmath>

namespace healthtensor {

bool isSound(const TrainingState& state, const EpochShape& shape) {
  const TrainingPosition& position = state.position;
  if (position.epoch < 0 || position.batch < 0 || position.batch >= shape.batches) return false;
  const int64_t attempted = position.epoch * shape.steps() + position.batch / shape.accumulate;
  return position.batch % shape.accumulate == 0 && position.steps >= 0 && position.steps <= attempted &&
         (position.images > 0) == (position.batch > 0) && std::isfinite(position.lossSum) &&
         state.standing.isSound(position.epoch) && state.scale.isSound();
}

}  // namespace healthtensor
