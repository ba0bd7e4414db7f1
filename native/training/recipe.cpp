#include "training/recipe.h"

#include <cmath>
#include <limits>
#include <sstream>

#include "failure.h"

namespace healthtensor {
namespace {

constexpr double kUnbounded = std::numeric_limits<double>::max();
/// For what must not be zero. The smallest normal number: the engine's thread takes denormal ones for zero.
constexpr double kPositive = std::numeric_limits<double>::min();
constexpr double kBelowOne = 1 - std::numeric_limits<double>::epsilon() / 2;

struct Bound {
  const char* field;
  double value;
  double minimum;
  double maximum;
  const char* expected;
};

void check(const Bound& bound) {
  // So that NaN is refused too.
  if (bound.value >= bound.minimum && bound.value <= bound.maximum) return;
  std::ostringstream message;
  message << "Expected " << bound.expected << " for the recipe's " << bound.field << " but received "
          << bound.value;
  throw Failure("BAD_RECIPE", message.str());
}

}  // namespace

void checkRecipe(const Recipe& recipe, bool onGpu) {
  // A loss becomes NaN some steps before the weights of such a rate overflow, so that it stops in time.
  constexpr double kLargestRate = 1000;
  constexpr char kRate[] = "a positive number up to 1000";
  constexpr char kNumber[] = "a number of 0 or more";
  constexpr char kPart[] = "a number in 0..1";
  constexpr char kPartBelowOne[] = "a number of 0 or more and below 1";
  const Augmentation& images = recipe.augmentation;
  for (const Bound& bound : {
           Bound{"learningRate", recipe.learningRate, kPositive, kLargestRate, kRate},
           Bound{"backboneRate", recipe.backboneRate, 0, kLargestRate, "a number in 0..1000"},
           Bound{"weightDecay", recipe.weightDecay, 0, kLargestRate, "a number in 0..1000"},
           Bound{"warmupEpochs", recipe.warmupEpochs, 0, kUnbounded, kNumber},
           Bound{"scheduleEpochs", recipe.scheduleEpochs, kPositive, kUnbounded, "a positive number"},
           Bound{"plateauPatience", static_cast<double>(recipe.plateauPatience), 1, kUnbounded,
                 "a positive integer"},
           Bound{"plateauFactor", recipe.plateauFactor, kPositive, kBelowOne, "a number above 0 and below 1"},
           Bound{"minimumRate", recipe.minimumRate, 0, 1, kPart},
           Bound{"clipNorm", recipe.clipNorm, 0, kUnbounded, kNumber},
           Bound{"emaDecay", recipe.emaDecay, 0, kBelowOne, kPartBelowOne},
           Bound{"labelSmoothing", recipe.labelSmoothing, 0, kBelowOne, kPartBelowOne},
           Bound{"accumulate", static_cast<double>(recipe.accumulate), 1, kUnbounded, "a positive integer"},
           Bound{"augmentation.rotation", images.rotation, 0, 180, "degrees in 0..180"},
           Bound{"augmentation.shift", images.shift, 0, kBelowOne, kPartBelowOne},
           Bound{"augmentation.scale", images.scale, 0, 0.5, "a number in 0..0.5"},
           Bound{"augmentation.contrast", images.contrast, 0, kBelowOne, kPartBelowOne},
           Bound{"augmentation.brightness", images.brightness, 0, 1, kPart},
           Bound{"augmentation.noise", images.noise, 0, 1, kPart},
           Bound{"augmentation.flip", images.flip, 0, 1, kPart},
       }) {
    check(bound);
  }
  if (recipe.schedule == ScheduleKind::kCosine && recipe.scheduleEpochs <= recipe.warmupEpochs) {
    throw Failure("BAD_RECIPE", "Expected the recipe's scheduleEpochs to be more than its warmupEpochs");
  }
  if (recipe.backboneRate == 0 && !images.isOff()) {
    throw Failure("BAD_RECIPE",
                  "A frozen backbone (backboneRate 0) sees each image once: it cannot be augmented");
  }
  if (recipe.precision == c10::ScalarType::Half && !onGpu) {
    throw Failure("BAD_RECIPE", "The precision fp16 needs a GPU; on a CPU train in bf16 or fp32");
  }
}

}  // namespace healthtensor
