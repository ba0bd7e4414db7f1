#include "kernels/avx512/depthwise_backward.h"
#include "kernels/avx512/depthwise_forward.h"
#include "kernels/avx512/excite_gate.h"
#include "kernels/avx512/max_pool_kernels.h"
#include "kernels/avx512/norm_backward.h"
#include "kernels/avx512/norm_forward.h"
#include "kernels/avx512/stem_backward.h"
#include "kernels/avx512/stem_forward.h"

// Compiled for AVX-512 (see CMakeLists.txt) and called only where kernel_choice.h allows it.

namespace healthtensor::avx512 {

template void depthwiseForward(const float*, const float*, const float*, Activation, float*,
                               const DepthwiseShape&, const RowRange&);
template void depthwiseBackward(const float*, const float*, const float*, float*, float*,
                                const DepthwiseShape&, const RowRange&);
template void maxPoolForward(const float*, float*, uint8_t*, const MaxPoolShape&, int64_t, int64_t);
template void maxPoolGradient(const float*, const uint8_t*, float*, const MaxPoolShape&, int64_t, int64_t);
template void normSums(const float*, const float*, int64_t, int64_t, float*, float*);
template void normApply(const float*, const float*, float*, const float*, const float*, int64_t, int64_t,
                        Activation);
template void normGradientSums(const NormGradient<float>&, const float*, int64_t, int64_t, float*, float*,
                               float*);
template void normInputGradient(const NormGradient<float>&, const float*, const float*, int64_t, int64_t,
                                float*);
template void stemForward(const float*, const float*, float*, uint8_t*, const StemShape&, const PooledRows&,
                          float*);
template void stemGradient(const float*, const float*, const uint8_t*, double*, const StemShape&,
                           const PooledRows&, float*);

}  // namespace healthtensor::avx512
