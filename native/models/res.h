#pragma once

#include <memory>

#include "models/model.h"
#include "models/model_spec.h"

namespace healthtensor {

/// ResNet (He et al. 2015, arXiv 1512.03385) by the option `layers` (18, 34, 50, 101), with the stride of a
/// bottleneck in its 3x3 convolution as in torch ("v1.5"). The backbone's tensors have the names and shapes
/// of timm's and torchvision's resnet18...resnet101. `width` scales the channels of the blocks, not of the
/// stem: timm's `channels` argument.
std::unique_ptr<Model> buildRes(const ModelSpec& spec);

}  // namespace healthtensor
