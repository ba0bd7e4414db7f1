#pragma once

#include "kernels/squeeze_excite.h"

namespace healthtensor::avx512 {

/// What squeezeExcite (kernels/squeeze_excite.h) promises, for an x that ownKernelsServe.
at::Tensor squeezeExciteFunction(const at::Tensor& x, const SqueezeExciteTensors& tensors);

}  // namespace healthtensor::avx512
