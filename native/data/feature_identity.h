#pragma once

#include <string>

#include "data/pixel_cache.h"
#include "models/model.h"
#include "models/model_spec.h"

namespace healthtensor {

/// What the features of a model's images depend on besides their type: the weights of its backbone (hashed,
/// 100 MB in some 10 ms), what it is built like, the normalisation and the pixels. The head is left out, as
/// it is trained while they stay.
std::string featureIdentity(const Model& model, const ModelSpec& spec, const PixelCache& cache);

}  // namespace healthtensor
