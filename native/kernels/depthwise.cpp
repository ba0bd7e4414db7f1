#include "kernels/depthwise.h"

#include <ATen/ops/conv2d.h>

#include "kernels/kernel_choice.h"
#ifdef HEALTHTENSOR_AVX512
#include "kernels/avx512/depthwise_function.h"
#endif

namespace healthtensor {

at::Tensor depthwiseConvolution(const at::Tensor& x, const at::Tensor& weight, int64_t stride) {
#ifdef HEALTHTENSOR_AVX512
  if (ownKernelsServe(x) && avx512::depthwiseServes(weight, stride)) {
    return avx512::depthwiseFunction(x, weight, stride);
  }
#endif
  return at::conv2d(x, weight.to(x.scalar_type()), /*bias=*/{}, stride, /*padding=*/weight.size(2) / 2,
                    /*dilation=*/1, /*groups=*/x.size(1));
}

}  // namespace healthtensor
