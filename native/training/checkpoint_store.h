#pragma once

#include <optional>
#include <string>

#include "failure.h"
#include "training/checkpoint.h"

namespace healthtensor {

/// The last checkpoint of a training and the one before it, `<path>.previous`.
class CheckpointStore {
 public:
  CheckpointStore(std::string path, TrainingIdentity identity, EpochShape shape)
      : path_(std::move(path)), identity_(std::move(identity)), shape_(shape) {}

  /// Fills the tensors from the last checkpoint, or from the one before when the last is damaged or missing,
  /// with a `note`; nothing when there is none. Throws CHECKPOINT_DAMAGED when none can be read, and
  /// CHECKPOINT_MISMATCH.
  std::optional<TrainingState> read(NamedTensors& tensors);
  void write(const TrainingState& state, const NamedTensors& tensors);

  /// What a person should know about the reading; empty when nothing.
  const std::string& note() const { return note_; }

 private:
  std::optional<TrainingState> readPrevious(NamedTensors& tensors, const Failure& first);

  std::string path_;
  TrainingIdentity identity_;
  EpochShape shape_;
  std::string note_;
  /// Whether the file at the path is a sound one of this training: only such a one may become `.previous`.
  bool keepPrevious_ = false;
};

}  // namespace healthtensor
