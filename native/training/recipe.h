#pragma once

#include <c10/core/ScalarType.h>

#include <cstdint>

#include "data/augmentation.h"

namespace healthtensor {

enum class OptimizerKind { kAdam, kAdamW };
enum class ScheduleKind { kConstant, kCosine, kPlateau };

/// How to train; src/engine/recipe.ts is the same with the meaning of each field.
struct Recipe {
  c10::ScalarType precision = c10::ScalarType::Float;
  OptimizerKind optimizer = OptimizerKind::kAdam;
  double learningRate = 0;
  double backboneRate = 1;
  double weightDecay = 0;
  double warmupEpochs = 0;
  ScheduleKind schedule = ScheduleKind::kConstant;
  double scheduleEpochs = 1;
  int64_t plateauPatience = 1;
  double plateauFactor = 0.5;
  double minimumRate = 0;
  double clipNorm = 0;
  double emaDecay = 0;
  double labelSmoothing = 0;
  int64_t accumulate = 1;
  Augmentation augmentation;
};

/// Throws BAD_RECIPE, which names the field and what it may be, unless every field lies within its bounds.
/// float16 needs a GPU.
void checkRecipe(const Recipe& recipe, bool onGpu);

}  // namespace healthtensor
