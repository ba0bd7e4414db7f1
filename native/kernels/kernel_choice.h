#pragma once

#include <ATen/core/Tensor.h>

namespace healthtensor {

/// Whether kernels of our own serve x: on a CPU that has their instructions, in bfloat16 or float32, unless
/// the environment says HEALTHTENSOR_KERNELS=aten (the other value, and the default, is "own"; anything else
/// is a Failure BAD_ENVIRONMENT). ATen serves everything else.
bool ownKernelsServe(const at::Tensor& x);

}  // namespace healthtensor
