#pragma once

#include <memory>

#include "models/model.h"
#include "models/model_spec.h"

namespace healthtensor {

/// The small network of the original subnet's miner: Conv 32 3x3 (no padding) - ReLU - MaxPool 2 - Flatten -
/// Dense 128 - ReLU - Dropout 0.5 - Dense. Its loss is binary cross-entropy, so the last layer gives logits
/// here.
std::unique_ptr<Model> buildCnn(const ModelSpec& spec);

}  // namespace healthtensor
