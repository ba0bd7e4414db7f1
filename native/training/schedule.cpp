#include "training/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace healthtensor {
namespace {

double cosine(const Recipe& recipe, double epochs) {
  const double length = recipe.scheduleEpochs - recipe.warmupEpochs;
  const double part = std::clamp((epochs - recipe.warmupEpochs) / length, 0.0, 1.0);
  return recipe.minimumRate + (1 - recipe.minimumRate) * (1 + std::cos(std::numbers::pi * part)) / 2;
}

double scheduled(const Recipe& recipe, double begin, double plateau) {
  switch (recipe.schedule) {
    case ScheduleKind::kConstant:
      return 1;
    case ScheduleKind::kCosine:
      return cosine(recipe, begin);
    case ScheduleKind::kPlateau:
      return std::max(plateau, recipe.minimumRate);
  }
  return 1;
}

}  // namespace

double rateFactor(const Recipe& recipe, double begin, double end, double plateau) {
  const double warmup = end < recipe.warmupEpochs ? end / recipe.warmupEpochs : 1;
  return warmup * scheduled(recipe, begin, plateau);
}

}  // namespace healthtensor
