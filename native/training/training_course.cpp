#include "training/training_course.h"

#include <algorithm>

#include "training/sampler.h"
#include "training/schedule.h"

namespace healthtensor {

void TrainingCourse::set(const TrainingState& state) {
  const std::lock_guard lock(mutex_);
  state_ = state;
}

int64_t TrainingCourse::nextBatches() const {
  return std::min(shape_.accumulate, shape_.batches - state_.position.batch);
}

StepPlan TrainingCourse::nextStep(const EpochSampler& sampler) const {
  const TrainingPosition& at = state_.position;
  StepPlan plan{.epoch = at.epoch,
                .step = at.batch / shape_.accumulate,
                .firstBatch = at.batch,
                .batches = nextBatches()};
  for (int64_t batch = at.batch; batch < at.batch + plan.batches; ++batch) {
    plan.images += static_cast<int64_t>(sampler.batch(batch).size());
  }
  return plan;
}

double TrainingCourse::rate(int64_t epoch, int64_t firstBatch, int64_t count) const {
  const auto epochs = [&](int64_t batch) {
    return static_cast<double>(epoch) + static_cast<double>(batch) / static_cast<double>(shape_.batches);
  };
  return recipe_.learningRate *
         rateFactor(recipe_, epochs(firstBatch), epochs(firstBatch + count), state_.standing.plateauFactor);
}

double TrainingCourse::rateOf(const StepPlan& plan) const {
  return rate(plan.epoch, plan.firstBatch, plan.batches);
}

TrainingPosition TrainingCourse::advance(const StepPlan& plan, double loss, int64_t updates) {
  TrainingState next = state_;
  TrainingPosition& at = next.position;
  at.batch += plan.batches;
  at.steps = updates;
  at.images += plan.images;
  at.lossSum += loss * static_cast<double>(plan.images);
  const TrainingPosition reached = at;
  if (at.batch == shape_.batches) at = {.epoch = plan.epoch + 1, .steps = at.steps};
  set(next);
  return reached;
}

void TrainingCourse::countValidation(double loss) {
  TrainingState next = state_;
  if (next.position.batch == 0 && next.standing.count(next.position.epoch, loss, recipe_)) set(next);
}

Position TrainingCourse::position() const {
  const std::lock_guard lock(mutex_);
  return {state_.position.epoch, state_.position.batch, shape_.batches};
}

Standing TrainingCourse::standing() const {
  const std::lock_guard lock(mutex_);
  return state_.standing;
}

double TrainingCourse::nextRate() const {
  const std::lock_guard lock(mutex_);
  const TrainingPosition& at = state_.position;
  return rate(at.epoch, at.batch, nextBatches());
}

}  // namespace healthtensor
