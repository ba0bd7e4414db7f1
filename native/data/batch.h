#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <memory>
#include <span>
#include <vector>

#include "data/pixel_cache.h"
#include "models/model_spec.h"

namespace healthtensor {

/// Images as the models want them and, beside them, what is to be seen in them.
struct Batch {
  at::Tensor images;  ///< [n, channels, size, size] of the builder's type, channels last
  at::Tensor labels;  ///< float32 [n, classes], 0 or 1
};

/// Makes batches of a cache's rows for one model: gray repeated to its channels, (pixel / 255 - mean) / std
/// by table.
class BatchBuilder {
 public:
  /// Throws BAD_CONFIG when the cache's images have another size than the model's.
  BatchBuilder(std::shared_ptr<const PixelCache> cache, const ModelSpec& spec, at::Device device,
               at::ScalarType type = at::kFloat);
  Batch build(std::span<const uint32_t> rows) const;
  const PixelCache& cache() const { return *cache_; }

 private:
  std::shared_ptr<const PixelCache> cache_;
  int64_t channels_;
  at::Device device_;
  at::ScalarType type_;
  /// [pixel][channel]: the normalised value, so that a pixel costs one look-up a channel.
  std::vector<float> table_;
};

}  // namespace healthtensor
