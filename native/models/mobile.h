#pragma once

#include <memory>

#include "models/model.h"
#include "models/model_spec.h"

namespace healthtensor {

/// MobileNet v1 (Howard et al. 2017, arXiv 1704.04861) with ReLU6; `width` is the paper's multiplier. The
/// backbone's tensors have the names and shapes of timm's mobilenetv1_100 (its generator's channel
/// multiplier).
std::unique_ptr<Model> buildMobile(const ModelSpec& spec);

}  // namespace healthtensor
