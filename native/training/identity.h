#pragma once

#include "data/pixel_cache.h"
#include "training/checkpoint.h"
#include "training/trainer.h"

namespace healthtensor {

/// What makes two trainings the same, so that one's checkpoint may go on in the other: model and start, data,
/// batches and seed, and of the recipe what is trained and on what: optimiser, frozen backbone, average,
/// accumulation, label smoothing, augmentation. What may change on the way: rates and schedules, weight
/// decay, clipping, the average's decay, precision and device.
TrainingIdentity trainingIdentity(const TrainRequest& request, const PixelCache& cache);

}  // namespace healthtensor
