#include "kernels/avx512/depthwise_backward.h"
#include "kernels/avx512/depthwise_forward.h"
#include "kernels/avx512/max_pool_kernels.h"
#include "kernels/avx512/norm_backward.h"
#include "kernels/avx512/norm_forward.h"
#include "kernels/avx512/stem_backward.h"
#include "kernels/avx512/stem_forward.h"

// Compiled for AVX-512 (see CMakeLists.txt) and called only where kernel_choice.h allows it.

namespace healthtensor::avx512 {

template void depthwiseForward(const BFloat16*, const float*, const float*, Activation, BFloat16*,
                               const DepthwiseShape&, const RowRange&);
template void depthwiseBackward(const BFloat16*, const float*, const BFloat16*, BFloat16*, float*,
                                const DepthwiseShape&, const RowRange&);
template void maxPoolForward(const BFloat16*, BFloat16*, uint8_t*, const MaxPoolShape&, int64_t, int64_t);
template void maxPoolGradient(const BFloat16*, const uint8_t*, BFloat16*, const MaxPoolShape&, int64_t,
                              int64_t);
template void normSums(const BFloat16*, const float*, int64_t, int64_t, float*, float*);
template void normApply(const BFloat16*, const BFloat16*, BFloat16*, const float*, const float*, int64_t,
                        int64_t, Activation);
template void normGradientSums(const NormGradient<BFloat16>&, const float*, int64_t, int64_t, float*, float*,
                               BFloat16*);
template void normInputGradient(const NormGradient<BFloat16>&, const float*, const float*, int64_t, int64_t,
                                BFloat16*);
template void stemForward(const BFloat16*, const float*, BFloat16*, uint8_t*, const StemShape&,
                          const PooledRows&, float*);
template void stemGradient(const BFloat16*, const BFloat16*, const uint8_t*, double*, const StemShape&,
                           const PooledRows&, float*);

}  // namespace healthtensor::avx512
