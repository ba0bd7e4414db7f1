#include "kernels/conv_relu_pool.h"

#include <ATen/ops/conv2d.h>
#include <ATen/ops/max_pool2d.h>

#include "kernels/kernel_choice.h"
#ifdef HEALTHTENSOR_AVX512
#include "kernels/avx512/stem_function.h"
#endif

namespace healthtensor {

bool convReluPoolInOnePass([[maybe_unused]] const at::Tensor& x, [[maybe_unused]] const at::Tensor& weight) {
#ifdef HEALTHTENSOR_AVX512
  return ownKernelsServe(x) && avx512::stemServes(x, weight);
#else
  return false;
#endif
}

at::Tensor convReluPool(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
#ifdef HEALTHTENSOR_AVX512
  if (convReluPoolInOnePass(x, weight)) return avx512::stemFunction(x, weight, bias);
#endif
  const at::ScalarType type = x.scalar_type();
  // ReLU after the maximum is the same as before it, on a quarter of the values.
  return at::max_pool2d(at::conv2d(x, weight.to(type), bias.to(type)), /*kernel_size=*/2, /*stride=*/2)
      .relu_();
}

}  // namespace healthtensor
