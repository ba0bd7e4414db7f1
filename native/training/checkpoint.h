#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "training/training_state.h"

namespace healthtensor {

/// What a checkpoint belongs to, as lines of `name=value`: another value means another training.
using TrainingIdentity = std::vector<std::pair<std::string, std::string>>;

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

/// Writes identity, state and tensors to one file with a checksum, atomically; with `keepPrevious` the
/// file that stood there stays as `<path>.previous`. A tensor
/// with a NaN or an infinity is NOT_FINITE, and the file as it was: nobody could go on from it.
void writeCheckpoint(const std::string& path, const TrainingIdentity& identity, const TrainingState& state,
                     const NamedTensors& tensors, bool keepPrevious);

/// Fills the tensors in place and returns the state, which is one of a training of this shape. The checksum
/// is verified before any tensor is touched. Throws CHECKPOINT_MISSING, CHECKPOINT_DAMAGED, or
/// CHECKPOINT_MISMATCH when it belongs to another training.
TrainingState readCheckpoint(const std::string& path, const TrainingIdentity& identity,
                             const EpochShape& shape, NamedTensors& tensors);

std::string previousCheckpoint(const std::string& path);

}  // namespace healthtensor
