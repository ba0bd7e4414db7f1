#pragma once

#include "training/recipe.h"

namespace healthtensor {

/// What the learning rate is multiplied by in the step that goes from `begin` to `end`, both counted in
/// epochs since the start of the training. `plateau` is what the plateau schedule has come down to.
///
/// The warm-up counts to the step's end, so that the first step does something; the cosine from the step's
/// begin, so that the last one does (as Loshchilov and Hutter 2017, and torch's CosineAnnealingLR).
double rateFactor(const Recipe& recipe, double begin, double end, double plateau);

}  // namespace healthtensor
