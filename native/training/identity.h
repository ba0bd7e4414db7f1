#pragma once

#include "data/pixel_cache.h"
#include "training/checkpoint.h"
#include "training/trainer.h"

namespace healthtensor {

/// What makes two trainings the same, so that one's checkpoint may go on in the other: model, data, batches
/// and seed. The learning rate may change on the way.
TrainingIdentity trainingIdentity(const TrainRequest& request, const PixelCache& cache);

}  // namespace healthtensor
