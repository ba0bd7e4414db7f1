#pragma once

#include "kernels/max_pool.h"

namespace healthtensor::avx512 {

/// What maxPool (kernels/max_pool.h) promises, for an x that ownKernelsServe.
at::Tensor maxPoolFunction(const at::Tensor& x, const PoolGeometry& geometry);

}  // namespace healthtensor::avx512
