#pragma once

namespace healthtensor {

/// What follows a convolution. SiLU is x * sigmoid(x) (EfficientNet's "swish"); ReLU6 is clipped to 0..6.
enum class Activation { kNone, kRelu, kRelu6, kSilu };

}  // namespace healthtensor
