#include "training/frozen_backbone.h"

#include "distributed/process_group.h"

namespace healthtensor {

FrozenFeatures& FrozenBackbone::training(const Cancellation& cancellation, const ProgressSink& progress) {
  return open(training_, wanted("training", request_.recipe.precision, request_.trainRows), cancellation,
              progress);
}

FrozenFeatures& FrozenBackbone::validation(const Cancellation& cancellation, const ProgressSink& progress) {
  return open(validation_, wanted("validation", at::kFloat, request_.validationRows), cancellation, progress);
}

FrozenFeatures& FrozenBackbone::open(std::optional<FrozenFeatures>& features,
                                     const FrozenFeatures::Request& wanted, const Cancellation& cancellation,
                                     const ProgressSink& progress) const {
  if (features) return *features;
  const auto emplace = [&] { features.emplace(wanted, cancellation.own(), progress); };
  if (request_.group == nullptr) {
    emplace();
  } else {
    request_.group->meetAfter(emplace, cancellation.own());
  }
  return *features;
}

FrozenFeatures::Request FrozenBackbone::wanted(const char* folder, at::ScalarType precision,
                                               std::span<const uint32_t> rows) const {
  return {.model = model_,
          .spec = request_.spec,
          .cache = cache_,
          .device = device_,
          .precision = precision,
          .folder = request_.featureFolder + "/" + folder,
          .rows = rows,
          .batchSize = request_.batchSize};
}

}  // namespace healthtensor
