#include "kernels/depthwise.h"

#include <ATen/ops/conv2d.h>

namespace healthtensor {

at::Tensor depthwiseConvolution(const at::Tensor& x, const at::Tensor& weight, int64_t stride) {
  return at::conv2d(x, weight.to(x.scalar_type()), /*bias=*/{}, stride, /*padding=*/weight.size(2) / 2,
                    /*dilation=*/1, /*groups=*/x.size(1));
}

}  // namespace healthtensor
