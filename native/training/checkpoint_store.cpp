#include "training/checkpoint_store.h"

namespace healthtensor {

std::optional<TrainingState> CheckpointStore::read(NamedTensors& tensors) {
  try {
    const TrainingState state = readCheckpoint(path_, identity_, shape_, tensors);
    keepPrevious_ = true;
    return state;
  } catch (const Failure& failure) {
    if (failure.code() != "CHECKPOINT_MISSING" && failure.code() != "CHECKPOINT_DAMAGED") throw;
    return readPrevious(tensors, failure);
  }
}

std::optional<TrainingState> CheckpointStore::readPrevious(NamedTensors& tensors, const Failure& first) {
  const bool missing = first.code() == "CHECKPOINT_MISSING";
  try {
    const TrainingState state = readCheckpoint(previousCheckpoint(path_), identity_, shape_, tensors);
    note_ = missing ? "The last checkpoint is missing; went on from the one before it"
                    : std::string("The last checkpoint is damaged (") + first.what() +
                          "); went on from the one before it";
    return state;
  } catch (const Failure& second) {
    if (missing && second.code() == "CHECKPOINT_MISSING") return std::nullopt;
    if (missing) throw;
    throw Failure("CHECKPOINT_DAMAGED", std::string("The checkpoint cannot be read (") + first.what() +
                                            ") and neither can the one before it (" + second.what() + ")");
  }
}

void CheckpointStore::write(const TrainingState& state, const NamedTensors& tensors) {
  writeCheckpoint(path_, identity_, state, tensors, keepPrevious_);
  keepPrevious_ = true;
}

}  // namespace healthtensor
