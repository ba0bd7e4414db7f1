#pragma once

#include <cstdint>
#include <mutex>

#include "training/learner.h"
#include "training/recipe.h"
#include "training/training_state.h"

namespace healthtensor {

class EpochSampler;

/// The next batch to train.
struct Position {
  int64_t epoch = 0;
  int64_t batch = 0;
  int64_t batches = 0;
};

/// How far a training has come, and what comes next. It is changed by the engine thread alone; what returns a
/// copy may be called on any thread.
class TrainingCourse {
 public:
  /// At the beginning. The recipe must outlive it.
  TrainingCourse(const Recipe& recipe, const EpochShape& shape) : recipe_(recipe), shape_(shape) {}

  /// Engine thread. The loss scale in it is only that of the last checkpoint.
  const TrainingState& state() const { return state_; }
  void set(const TrainingState& state);

  /// The step that comes next in the sampler's epoch.
  StepPlan nextStep(const EpochSampler& sampler) const;
  /// The head's learning rate in a step.
  double rateOf(const StepPlan& plan) const;
  /// Counts the step, whose mean loss it was and after which so many updates have been made; returns the
  /// position with the sums of the epoch up to it, also where the next epoch begins.
  TrainingPosition advance(const StepPlan& plan, double loss, int64_t updates);
  /// Counts a validation, if the training stands at the end of an epoch.
  void countValidation(double loss);

  Position position() const;
  Standing standing() const;
  /// Of the step that comes next.
  double nextRate() const;

 private:
  int64_t nextBatches() const;
  double rate(int64_t epoch, int64_t firstBatch, int64_t count) const;

  const Recipe& recipe_;
  const EpochShape shape_;
  TrainingState state_;
  mutable std::mutex mutex_;
};

}  // namespace healthtensor
