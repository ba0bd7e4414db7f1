#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cancellation.h"
#include "training/loss_scaler.h"
#include "training/moving_average.h"
#include "training/optimizer.h"
#include "training/recipe.h"
#include "training/running_statistics.h"

namespace healthtensor {

class EpochSampler;
class GradientReduction;
class Model;
class ProcessGroup;
class TrainingInput;

/// Some consecutive batches of an epoch that make one optimiser step.
struct StepPlan {
  int64_t epoch = 0;
  int64_t step = 0;  ///< in the epoch
  int64_t firstBatch = 0;
  int64_t batches = 0;
  int64_t images = 0;
};

/// Changes a model's weights step by step, as the recipe says: gradients, clipping, optimiser, loss scale,
/// running average.
class Learner {
 public:
  /// The model's tensors must be on their device. Those that the recipe trains get gradients, others none.
  /// With a group, every process works on its part of each batch, and all come to the same weights.
  Learner(Model& model, const Recipe& recipe, uint64_t seed, ProcessGroup* group = nullptr);
  ~Learner();

  /// One step; returns the mean loss over its images, before it. All or nothing: aborted, out of memory or
  /// with a loss or gradient that is no number (NOT_FINITE), it leaves the model as it was. float16 gradients
  /// that overflow are no failure: the step is left out and the loss scale lowered.
  double step(TrainingInput& input, const EpochSampler& sampler, const StepPlan& plan, double learningRate,
              const Cancellation& cancellation);

  /// The running average, if the recipe has one.
  MovingAverage* average() { return average_ ? &*average_ : nullptr; }

  /// What goes on in a checkpoint, besides the model's own tensors.
  std::vector<std::pair<std::string, at::Tensor>> tensors() const;
  int64_t steps() const { return optimizer_.steps(); }
  const LossScaler::State& scale() const { return scaler_.state(); }
  /// The model starts from other weights than it was made with.
  void restart();
  void restore(int64_t steps, const LossScaler::State& scale);

 private:
  double attempt(TrainingInput& input, const EpochSampler& sampler, const StepPlan& plan, double learningRate,
                 const Cancellation& cancellation);
  /// Adds the gradients of the plan's batches up; returns the loss.
  at::Tensor collectGradients(TrainingInput& input, const EpochSampler& sampler, const StepPlan& plan,
                              const Cancellation& cancellation);
  /// Adds the gradients of one loss up; after those of a step's last they are the mean of the group's.
  void backward(const at::Tensor& loss, bool last);
  void forgetStep();

  const Recipe recipe_;
  const uint64_t seed_;
  Optimizer optimizer_;
  LossScaler scaler_;
  std::optional<MovingAverage> average_;
  RunningStatistics statistics_;
  ProcessGroup* const group_;
  std::unique_ptr<GradientReduction> reduction_;
};

}  // namespace healthtensor
