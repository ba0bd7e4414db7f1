#pragma once

#include <memory>

#include "models/model.h"
#include "models/model_spec.h"

namespace healthtensor {

/// VGG (Simonyan and Zisserman 2014, arXiv 1409.1556): configurations A, B, D and E of its table 1 by the
/// option `layers` (11, 13, 16, 19), with batch norm by `batch_norm`; `width` scales the channels. The
/// backbone's tensors have the names and shapes of timm's and torchvision's vgg11...vgg19_bn
/// (`features.<index>`); a head on globally averaged features takes the place of the three large dense
/// layers.
std::unique_ptr<Model> buildVgg(const ModelSpec& spec);

}  // namespace healthtensor
