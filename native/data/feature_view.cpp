#include "data/feature_view.h"

#include <ATen/ops/empty.h>

#include "failure.h"

namespace healthtensor {

FeatureView viewFeatures(const FeatureViewRequest& request, const Cancellation& cancellation,
                         const ProgressSink& progress) {
  FeatureView view;
  int64_t batches = 0;
  const auto compute = [&](std::span<const uint32_t> rows) {
    if (batches++ == request.failAfter) throw Failure("ENGINE_FAILED", "The test asked for this failure");
    at::Tensor features = at::empty({static_cast<int64_t>(rows.size()), request.width}, at::kFloat);
    float* next = features.mutable_data_ptr<float>();
    for (const uint32_t row : rows) {
      for (int64_t column = 0; column < request.width; ++column)
        *next++ = static_cast<float>(row) + static_cast<float>(column) / 1024;
    }
    view.computed += static_cast<int64_t>(rows.size());
    return features.to(request.features.type);
  };
  const FeatureCache cache(request.features, compute, cancellation, progress);
  const at::Tensor gathered = cache.gather(request.gather).to(at::kFloat);
  const float* values = gathered.const_data_ptr<float>();
  view.values.assign(values, values + gathered.numel());
  return view;
}

}  // namespace healthtensor
