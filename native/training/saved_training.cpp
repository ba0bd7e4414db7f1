#include "training/saved_training.h"

#include <ATen/ops/from_blob.h>

#include <type_traits>

#include "checksum.h"
#include "distributed/process_group.h"
#include "models/model.h"
#include "training/identity.h"

namespace healthtensor {
namespace {

// Beyond what a checkpoint must agree on: this may change between two runs but not between processes.
std::string groupIdentity(const TrainRequest& request, const PixelCache& cache) {
  std::string text;
  for (const auto& [name, value] : trainingIdentity(request, cache)) text += name + "=" + value + "\n";
  const std::vector<uint32_t>& rows = request.validationRows;
  text += std::to_string(rows.size()) + " " +
          std::to_string(xxHash64(rows.data(), rows.size() * sizeof(uint32_t), 0));
  return text + " " + std::to_string(static_cast<int>(request.recipe.precision));
}

}  // namespace

SavedTraining::SavedTraining(const TrainRequest& request, const PixelCache& cache, Model& model,
                             Learner& learner, TrainingCourse& course)
    : request_(request),
      cache_(cache),
      model_(model),
      learner_(learner),
      course_(course),
      store_(request.checkpointPath, trainingIdentity(request, cache), epochShape(request)) {}

bool SavedTraining::resume() {
  NamedTensors filled = tensors();
  const std::optional<TrainingState> stored = store_.read(filled);
  if (stored) takeOver(*stored);
  return stored.has_value();
}

void SavedTraining::share(ProcessGroup& group) {
  group.mustAgree(groupIdentity(request_, cache_), "model, data set, recipe, batch size or seed");
  for (auto& [name, tensor] : tensors()) group.broadcast(tensor);
  TrainingState shared = course_.state();
  shared.scale = learner_.scale();
  static_assert(std::is_trivially_copyable_v<TrainingState>);
  at::Tensor bytes = at::from_blob(&shared, {static_cast<int64_t>(sizeof shared)}, at::kByte);
  group.broadcast(bytes);
  takeOver(shared);
}

void SavedTraining::save() {
  const auto begin = CheckpointPace::Clock::now();
  TrainingState now = course_.state();
  now.scale = learner_.scale();
  store_.write(now, tensors());
  pace_.written(begin, CheckpointPace::Clock::now());
}

void SavedTraining::saveWhenDue(const CheckpointPlan& plan, int64_t firstBatch, int64_t batches) {
  if (!request_.leads() || !pace_.due(plan, firstBatch, firstBatch + batches, CheckpointPace::Clock::now())) {
    return;
  }
  try {
    save();
  } catch (...) {
    // Whatever its code: the others do not come to this end.
    if (request_.group != nullptr) request_.group->abandon();
    throw;
  }
}

NamedTensors SavedTraining::tensors() const {
  NamedTensors tensors;
  for (const StateTensor& entry : model_.state().entries()) tensors.emplace_back(entry.name, entry.tensor);
  for (auto& named : learner_.tensors()) tensors.push_back(std::move(named));
  return tensors;
}

void SavedTraining::takeOver(const TrainingState& state) {
  course_.set(state);
  learner_.restore(state.position.steps, state.scale);
}

}  // namespace healthtensor
