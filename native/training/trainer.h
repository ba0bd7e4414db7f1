#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "cancellation.h"
#include "evaluation/evaluate.h"
#include "progress.h"
#include "training/checkpoint_pace.h"
#include "training/standing.h"
#include "training/train_request.h"
#include "training/training_course.h"

namespace healthtensor {

struct EpochResult {
  int64_t epoch = 0;
  double loss = 0;
  int64_t images = 0;
  double seconds = 0;
};

/// One model in training: binary cross-entropy with logits over seeded batches, as the recipe says. What is
/// const but `validate` may be called on any thread; the rest belongs to the engine thread.
///
/// In a group, `trainEpoch` and `validate` of rank 0 send the others an order to do the same.
class Trainer {
 public:
  /// Opens or resumes. Throws for a bad request, cache or checkpoint.
  explicit Trainer(TrainRequest request);
  ~Trainer();

  /// From the current position to the end of the epoch, with checkpoints on the way. Cancelled, or failing,
  /// it keeps the position and the weights that the last whole step came to.
  EpochResult trainEpoch(const CheckpointPlan& checkpoints, const Cancellation& cancellation,
                         const ProgressSink& progress);
  /// Evaluates the averaged weights if the recipe averages them, else the last ones; at the end of an epoch
  /// it counts for the standing. `precision` is float32 or bfloat16; features of a frozen backbone are always
  /// computed in float32 here.
  Evaluation validate(at::ScalarType precision, const Cancellation& cancellation,
                      const ProgressSink& progress);
  void saveCheckpoint();
  /// The weights that `validate` evaluates.
  void saveWeights(const std::string& path);

  Position position() const;
  int64_t parameters() const;
  bool resumed() const;
  /// Whether the head, too, came from the pretrained file.
  bool pretrainedHead() const;
  Standing standing() const;
  /// The head's, of the step that comes next.
  double learningRate() const;
  const std::string& note() const;
  /// Memory of weights, gradients, moments and average, roughly.
  int64_t bytes() const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace healthtensor
