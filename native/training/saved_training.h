#pragma once

#include "data/pixel_cache.h"
#include "training/checkpoint_pace.h"
#include "training/checkpoint_store.h"
#include "training/learner.h"
#include "training/train_request.h"
#include "training/training_course.h"

namespace healthtensor {

/// What of a training outlives it and is the same on all of its processes: model, learner and course, which
/// must outlive this object.
class SavedTraining {
 public:
  SavedTraining(const TrainRequest& request, const PixelCache& cache, Model& model, Learner& learner,
                TrainingCourse& course);

  /// Goes on from the last checkpoint; whether there is one.
  bool resume();
  /// Gives everyone the tensors and the state of rank 0. Throws GROUP_MISMATCH when the processes do not
  /// train the same.
  void share(ProcessGroup& group);
  void save();
  /// Saves when it is time, after a step of so many batches that began at `firstBatch`, both counted over all
  /// epochs.
  void saveWhenDue(const CheckpointPlan& plan, int64_t firstBatch, int64_t batches);

  /// What a person should know about the reading; empty when nothing.
  const std::string& note() const { return store_.note(); }

 private:
  NamedTensors tensors() const;
  void takeOver(const TrainingState& state);

  const TrainRequest& request_;
  const PixelCache& cache_;
  Model& model_;
  Learner& learner_;
  TrainingCourse& course_;
  CheckpointStore store_;
  CheckpointPace pace_;
};

}  // namespace healthtensor
