#pragma once

#include <cstdint>

namespace healthtensor::avx512 {

/// The two dense layers of squeeze-and-excitation, `channels` through `reduced`: rows of weights as the
/// tensors have them.
struct ExciteLayers {
  const float* reduceWeight;  ///< [reduced][channels]
  const float* reduceBias;
  const float* expandWeight;  ///< [channels][reduced]
  const float* expandBias;
  int64_t channels;
  int64_t reduced;
};

/// For one image's means: z = reduce(means), hidden = silu(z), gate = sigmoid(expand(hidden)).
void exciteGate(const ExciteLayers& layers, const float* means, float* z, float* hidden, float* gate);

}  // namespace healthtensor::avx512
