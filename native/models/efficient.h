#pragma once

#include <memory>

#include "models/model.h"
#include "models/model_spec.h"

namespace healthtensor {

/// EfficientNet (Tan and Le 2019, arXiv 1905.11946) with squeeze-and-excitation (Hu et al. 2017, arXiv
/// 1709.01507) and SiLU, without stochastic depth. The multipliers `width` and `depth` make B0 (1, 1), B1
/// (1, 1.1), B2 (1.1, 1.2) and B3 (1.2, 1.4). The backbone's tensors have the names and shapes of timm's
/// efficientnet_b0...b3.
std::unique_ptr<Model> buildEfficient(const ModelSpec& spec);

}  // namespace healthtensor
