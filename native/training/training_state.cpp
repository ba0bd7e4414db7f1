#include "training/training_state.h"

#include <cmath>

namespace healthtensor {
namespace {

/// More than anybody trains.
constexpr int64_t kMostEpochs = int64_t{1} << 30;
/// Rows are numbers of 32 bits, and no epoch has more batches than rows.
constexpr int64_t kMostImages = int64_t{1} << 32;

}  // namespace

bool isSound(const TrainingState& state, const EpochShape& shape) {
  const TrainingPosition& position = state.position;
  if (position.epoch < 0 || position.epoch > kMostEpochs) return false;
  if (position.batch < 0 || position.batch >= shape.batches) return false;
  const int64_t attempted = position.epoch * shape.steps() + position.batch / shape.accumulate;
  const bool beganEpoch = position.batch > 0;
  return position.batch % shape.accumulate == 0 && position.steps >= 0 && position.steps <= attempted &&
         (beganEpoch ? position.images > 0 : position.images == 0) && position.images <= kMostImages &&
         std::isfinite(position.lossSum) && (beganEpoch || position.lossSum == 0) &&
         state.standing.isSound(position.epoch) && state.scale.isSound();
}

}  // namespace healthtensor
