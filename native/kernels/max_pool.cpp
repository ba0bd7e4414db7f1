#include "kernels/max_pool.h"

#include <ATen/ops/max_pool2d.h>

#include "kernels/kernel_choice.h"
#ifdef HEALTHTENSOR_AVX512
#include "kernels/avx512/max_pool_function.h"
#endif

namespace healthtensor {

at::Tensor maxPool(const at::Tensor& x, const PoolGeometry& geometry) {
#ifdef HEALTHTENSOR_AVX512
  if (ownKernelsServe(x)) return avx512::maxPoolFunction(x, geometry);
#endif
  return at::max_pool2d(x, geometry.kernel, geometry.stride, geometry.padding);
}

}  // namespace healthtensor
