#pragma once

#include "models/state.h"

namespace healthtensor {

/// Every element the same: zeros for biases, ones for scales.
Initialiser constant(double value);

/// Uniform in +-sqrt(6 / (fanIn + fanOut)): Glorot and Bengio 2010, what Keras gives Dense and Conv2D.
Initialiser glorotUniform(int64_t fanIn, int64_t fanOut);

/// Normal with variance 2 / fanOut: He et al. 2015, what timm (after TensorFlow's TPU models) gives its
/// mobile nets.
Initialiser fanOutNormal(int64_t fanOut);

}  // namespace healthtensor
