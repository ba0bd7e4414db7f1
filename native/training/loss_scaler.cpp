#include "training/loss_scaler.h"

#include <algorithm>

namespace healthtensor {
namespace {

constexpr double kFirst = 65536;
constexpr double kLargest = 16777216;
constexpr double kSmallest = 1;
constexpr int64_t kStepsToDouble = 2000;

}  // namespace

bool LossScaler::State::isSound() const {
  return scale >= kSmallest && scale <= kLargest && goodSteps >= 0 && goodSteps < kStepsToDouble;
}

LossScaler::LossScaler(bool enabled) : enabled_(enabled) { state_.scale = enabled ? kFirst : 1; }

void LossScaler::restore(const State& state) {
  // 1 is what other precisions leave; a float16 training that has come down to it starts anew as well.
  if (enabled_ && state.scale > kSmallest) state_ = state;
}

void LossScaler::succeeded() {
  if (!enabled_) return;
  state_.goodSteps += 1;
  if (state_.goodSteps < kStepsToDouble) return;
  state_ = {.scale = std::min(2 * state_.scale, kLargest), .goodSteps = 0};
}

bool LossScaler::overflowed() {
  if (!enabled_ || state_.scale <= kSmallest) return false;
  state_ = {.scale = std::max(state_.scale / 2, kSmallest), .goodSteps = 0};
  return true;
}

}  // namespace healthtensor
