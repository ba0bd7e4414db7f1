#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <span>

#include "data/augmentation.h"
#include "data/normalisation.h"
#include "data/pixel_cache.h"
#include "models/model_spec.h"

namespace healthtensor {

/// Images as the models want them and, beside them, what is to be seen in them.
struct Batch {
  at::Tensor images;  ///< [n, channels, size, size] in the activations' type, channels last
  at::Tensor labels;  ///< float [n, classes], 0 or 1
};

/// Makes batches of a cache's rows for one model, device and type of activations.
///
/// On the CPU an image goes from the file's pages through one small buffer into the batch. For a GPU the gray
/// bytes are gathered in pinned memory, one copy takes them over without holding up this thread, and the GPU
/// normalises them: a sixth of the bytes of a bfloat16 batch of three channels.
class BatchBuilder {
 public:
  /// Throws BAD_CONFIG when the cache's images have another size than the model's.
  BatchBuilder(std::shared_ptr<const PixelCache> cache, const ModelSpec& spec, at::Device device,
               at::ScalarType type);

  Batch build(std::span<const uint32_t> rows) const;
  /// With each image changed by its own draw, a function of `seed` (the batch's own) and its position in the
  /// global batch, of which these rows are the part from `firstPosition`.
  Batch build(std::span<const uint32_t> rows, const Augmentation& augmentation, uint64_t seed,
              int64_t firstPosition) const;

  const PixelCache& cache() const { return *cache_; }

 private:
  template <typename Read>
  Batch assemble(std::span<const uint32_t> rows, const Read& read) const;
  template <typename Read>
  at::Tensor onHost(int64_t count, const Read& read) const;
  template <typename Read>
  at::Tensor onDevice(int64_t count, const Read& read) const;
  at::Tensor labels(std::span<const uint32_t> rows) const;

  std::shared_ptr<const PixelCache> cache_;
  at::Device device_;
  Normalisation normalisation_;
};

}  // namespace healthtensor
