#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cancellation.h"
#include "device.h"
#include "evaluation/evaluate.h"
#include "models/model_spec.h"
#include "progress.h"
#include "training/recipe.h"

namespace healthtensor {

struct TrainRequest {
  ModelSpec spec;
  std::string cachePath;
  std::vector<uint32_t> trainRows;
  std::vector<uint32_t> validationRows;
  int64_t batchSize = 0;
  Recipe recipe;
  uint64_t seed = 0;
  DeviceChoice device;
  std::string checkpointPath;
  bool resume = false;
};

/// The next batch to train.
struct Position {
  int64_t epoch = 0;
  int64_t batch = 0;
  int64_t batches = 0;
};

struct EpochResult {
  int64_t epoch = 0;
  double loss = 0;
  int64_t images = 0;
  double seconds = 0;
};

/// One model in training: binary cross-entropy with logits, Adam, seeded batches. Everything but `position`,
/// `parameters`, `resumed`, `note` and `bytes` belongs to the engine thread.
class Trainer {
 public:
  /// Opens or resumes. Throws for a bad request, cache or checkpoint.
  explicit Trainer(TrainRequest request);
  ~Trainer();

  /// From the current position to the end of the epoch; a checkpoint each `checkpointEvery` steps (0 =
  /// never). Cancelled, it stops between batches and keeps its position.
  EpochResult trainEpoch(int64_t checkpointEvery, const Cancellation& cancellation,
                         const ProgressSink& progress);
  Evaluation validate(const Cancellation& cancellation, const ProgressSink& progress);
  void saveCheckpoint();
  void saveWeights(const std::string& path);

  Position position() const;
  int64_t parameters() const;
  bool resumed() const;
  const std::string& note() const;
  /// Memory of weights, gradients and moments, roughly.
  int64_t bytes() const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace healthtensor
