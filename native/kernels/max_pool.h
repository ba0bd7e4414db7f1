#pragma once

#include <ATen/core/Tensor.h>

namespace healthtensor {

struct PoolGeometry {
  int64_t kernel;
  int64_t stride;
  int64_t padding = 0;
};

/// at::max_pool2d of x [N, C, H, W] in the channels-last layout, with the same values to the bit. Where
/// ownKernelsServe, it keeps one byte of each output for the backward pass, where ATen keeps its index in
/// eight and x. Differentiable.
at::Tensor maxPool(const at::Tensor& x, const PoolGeometry& geometry);

}  // namespace healthtensor
