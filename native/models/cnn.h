#pragma once

#include <memory>

#include "models/model.h"
#include "models/model_spec.h"

namespace healthtensor {

/// The small network of the original subnet's miner: for each of `filters` (default: 32 once) Conv 3x3
/// without padding - ReLU - MaxPool 2, then Flatten - Dense `hidden` (128) - ReLU - Dropout (0.5) - Dense.
/// Its loss is binary cross-entropy, so the last layer gives logits here. Tensors `conv1`, `conv2`...,
/// `head.fc1`, `head.fc2`. BAD_CONFIG when the image is too small for so many layers, or a layer's output too
/// large.
std::unique_ptr<Model> buildCnn(const ModelSpec& spec);

}  // namespace healthtensor
